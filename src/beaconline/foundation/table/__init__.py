"""Columns of records: the same facts as in ``records``, as numpy arrays, so that millions fit and kernels run."""
