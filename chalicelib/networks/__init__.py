"""The networks a firm can be on: one file each, over one small contract."""
