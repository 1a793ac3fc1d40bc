// How does a JavaScript value become a Python object? js2py.js looks at the type and calls one of
// these constructors.
#include "core.h"

// A whole number becomes an int of any size; any other number becomes a float.
EXPORT PyObject *
js2py_number(double value)
{
    double whole;
    if (isfinite(value) && modf(value, &whole) == 0.0) {
        return PyLong_FromDouble(whole);
    }
    return PyFloat_FromDouble(value);
}

EXPORT PyObject *
js2py_int32(int value)
{
    return PyLong_FromLong(value);
}

// A BigInt beyond 64 bits, as hexadecimal digits.
EXPORT PyObject *
js2py_bigint(const char *digits)
{
    return PyLong_FromString(digits, NULL, 16);
}

EXPORT PyObject *
js2py_int64(int64_t value)
{
    return PyLong_FromLongLong(value);
}

// A string of `length` UTF-16 units. With `surrogates`, pairs become one character and lone
// surrogates are kept.
EXPORT PyObject *
js2py_string(const Py_UCS2 *units, Py_ssize_t length, int surrogates)
{
    if (!surrogates) {
        return PyUnicode_FromKindAndData(PyUnicode_2BYTE_KIND, units, length);
    }
    int byteorder = -1; // little endian, and a leading U+FEFF is a character
    return PyUnicode_DecodeUTF16((const char *)units, 2 * length, "surrogatepass", &byteorder);
}

// The interned string that is equal to `string`, whose reference it takes over: CPython looks names
// up by their address.
EXPORT PyObject *
js2py_intern(PyObject *string)
{
    PyUnicode_InternInPlace(&string);
    return string;
}

// A bytearray or bytes of `length` bytes for a typed array's contents; its data are at *data.
EXPORT PyObject *
js2py_bytes(Py_ssize_t length, int is_mutable, char **data)
{
    PyObject *bytes = is_mutable ? PyByteArray_FromStringAndSize(NULL, length)
                                 : PyBytes_FromStringAndSize(NULL, length);
    if (bytes != NULL) {
        *data = is_mutable ? PyByteArray_AS_STRING(bytes) : PyBytes_AS_STRING(bytes);
    }
    return bytes;
}

// The memoryview of a bytearray, with items of the given struct format. Steals the reference.
EXPORT PyObject *
js2py_memoryview(PyObject *bytes, int format)
{
    PyObject *view = PyMemoryView_FromObject(bytes);
    Py_DECREF(bytes);
    if (view == NULL || format == 'B') {
        return view;
    }
    PyObject *typed = PyObject_CallMethod(view, "cast", "C", format);
    Py_DECREF(view);
    return typed;
}

// dict[key] = value. Steals both references.
EXPORT int
js2py_dict_set(PyObject *dict, PyObject *key, PyObject *value)
{
    int status = ENTER(PyDict_SetItem(dict, key, value));
    Py_DECREF(key);
    Py_DECREF(value);
    return status;
}

// Steals the reference to the key.
EXPORT int
js2py_set_add(PyObject *set, PyObject *key)
{
    int status = ENTER(PySet_Add(set, key));
    Py_DECREF(key);
    return status;
}
