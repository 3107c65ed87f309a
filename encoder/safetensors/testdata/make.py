"""Write the two files of this folder with the reference implementation.

needs: pip install safetensors>=0.8 numpy
"""

import numpy as np
from safetensors import TensorSpec, serialize_file
from safetensors.numpy import save_file


kept = []


def tensor(dtype, array):
    kept.append(array)  # a TensorSpec holds only its address
    return TensorSpec(dtype=dtype, shape=array.shape, data_ptr=array.ctypes.data, data_len=array.nbytes)


half = np.array([[0.0, -0.0, 1.0], [65504.0, 2.0**-24, -np.inf]], dtype=np.float16)
single = np.array([1.0, -2.5, 3.140625, 2.0**-130], dtype=np.float32)
serialize_file(
    {
        "b.single": tensor("float32", single),
        "a.half": tensor("float16", half),
        "c.brain": tensor("bfloat16", (single.view(np.uint32) >> 16).astype(np.uint16)),
        "ids": tensor("int64", np.arange(3, dtype=np.int64)),
        "scalar": tensor("float32", np.array(7, dtype=np.float32)),
        "empty": tensor("float32", np.zeros((0, 4), dtype=np.float32)),
    },
    "mixed.safetensors",
    {"format": "pt"},
)
save_file(
    {
        "layer.1.weight": np.arange(6, dtype=np.float32).reshape(2, 3),
        "layer.0.bias": np.array([0.5, -0.5], dtype=np.float32),
        'odd "name" <é>': np.array(1.5, dtype=np.float32),
    },
    "float32.safetensors",
    metadata={"format": "pt"},
)
