"""Bytes to core values and back: DICOM, NIfTI, NRRD, rasters, the library."""
