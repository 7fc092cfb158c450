"""The factor from PET values to SUVbw, and when there is none."""

import numpy as np
import pytest

from medviewer.io.dicom_read import read_index_header
from medviewer.io.suv import suv_bw_factor
from tests.dicom_series import image, item, write

HALF_LIFE_S = 6586.2
AGENT = {
    "RadiopharmaceuticalStartTime": "100000",
    "RadionuclideTotalDose": 350e6,
    "RadionuclideHalfLife": HALF_LIFE_S,
}
PET = {
    "Modality": "PT",
    "Units": "BQML",
    "DecayCorrection": "START",
    "CorrectedImage": ["ATTN", "DECY", "SCAT"],
    "PatientWeight": 80,
    "SeriesDate": "20260101",
    "SeriesTime": "110000",
    "AcquisitionDate": "20260101",
    "AcquisitionTime": "110500.5",
}
AT_INJECTION = 80_000 / 350e6
AFTER_AN_HOUR = AT_INJECTION * 2 ** (3600 / HALF_LIFE_S)


@pytest.fixture
def factor(tmp_path):
    """Compute the factor of a PET image with some attributes changed; ``None`` removes one."""

    def compute(agent=None, private=(), **changed):
        attributes = {k: v for k, v in (PET | changed).items() if v is not None}
        if agent is not False:
            attributes["RadiopharmaceuticalInformationSequence"] = [item(**(AGENT | (agent or {})))]
        ds = image(np.zeros((4, 4), np.int16), **attributes)
        for group, creator, offset, vr, value in private:
            ds.private_block(group, creator, create=True).add_new(offset, vr, value)
        return suv_bw_factor(read_index_header(write(tmp_path, ds)))

    return compute


@pytest.mark.parametrize(
    ("agent", "changed", "expected"),
    [
        ({}, {}, AFTER_AN_HOUR),
        ({}, {"DecayCorrection": "ADMIN"}, AT_INJECTION),
        ({"RadiopharmaceuticalStartTime": "230000"}, {"SeriesTime": "000000"}, AFTER_AN_HOUR),
        (
            {
                "RadiopharmaceuticalStartTime": None,
                "RadiopharmaceuticalStartDateTime": "20260101100000",
            },
            {},
            AFTER_AN_HOUR,
        ),
        (False, {"Units": "GML"}, 1.0),
    ],
)
def test_the_dose_is_what_is_left_of_it_at_the_scan(factor, agent, changed, expected):
    assert factor(agent, **changed) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("agent", "changed"),
    [
        ({}, {"Modality": "CT"}),
        ({}, {"Units": "CNTS"}),
        ({}, {"Units": "GML", "SUVType": "LBM"}),
        ({}, {"CorrectedImage": ["DECY"]}),
        ({}, {"DecayCorrection": "NONE"}),
        ({}, {"PatientWeight": 0}),
        ({}, {"PatientWeight": None}),
        (False, {}),
        ({"RadionuclideTotalDose": 350}, {}),
        ({"RadionuclideHalfLife": None}, {}),
        ({"RadiopharmaceuticalStartTime": None}, {}),
        ({}, {"SeriesTime": "150000"}),  # made afterwards: when the scan began is not known
    ],
)
def test_a_header_that_leaves_something_open_gives_no_factor(factor, agent, changed):
    assert factor(agent, **changed) is None


def test_a_series_made_afterwards_takes_the_scanner_s_own_start(factor):
    start = ((0x0009, "GEMS_PETD_01", 0x0D, "DT", "20260101110000.00"),)
    assert factor({}, start, SeriesTime="150000") == pytest.approx(AFTER_AN_HOUR)


def test_counts_take_the_factor_that_philips_states(factor):
    stated = ((0x7053, "Philips PET Private Group", 0x00, "DS", "0.0004"),)
    assert factor({}, stated, Units="CNTS") == pytest.approx(0.0004)
    activity = ((0x7053, "Philips PET Private Group", 0x09, "DS", "2.5"),)
    assert factor({}, activity, Units="CNTS") == pytest.approx(2.5 * AFTER_AN_HOUR)
