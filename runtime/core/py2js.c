// How does a Python object become a JavaScript value? py2js.js reads the common types from memory
// itself. These functions are for the others.
#include "core.h"

// Whether a type implements NumPy's array protocol, as NumPy's arrays and scalars do.
static int
is_array(PyTypeObject *type)
{
    static PyObject *name;
    if (name == NULL) {
        name = PyUnicode_InternFromString("__array_interface__");
    }
    return name != NULL && _PyType_Lookup(type, name) != NULL;
}

EXPORT enum kind
py2js_kind(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    if (PyType_FastSubclass(type, Py_TPFLAGS_LONG_SUBCLASS)) {
        int is_bigint = is_today && PyType_IsSubtype(type, (PyTypeObject *)bridge.JsBigInt);
        return is_bigint ? KIND_JS_BIGINT : KIND_INT;
    }
    if (PyType_FastSubclass(type, Py_TPFLAGS_UNICODE_SUBCLASS)) {
        return KIND_STR;
    }
    if (PyType_FastSubclass(type, Py_TPFLAGS_LIST_SUBCLASS)) {
        return KIND_LIST;
    }
    if (PyType_FastSubclass(type, Py_TPFLAGS_TUPLE_SUBCLASS)) {
        return KIND_TUPLE;
    }
    if (PyType_FastSubclass(type, Py_TPFLAGS_DICT_SUBCLASS)) {
        return KIND_DICT;
    }
    if (PySet_Check(object)) {
        return KIND_SET;
    }
    if (PyObject_TypeCheck(object, (PyTypeObject *)JsException)) {
        return KIND_JS_EXCEPTION;
    }
    if (PyObject_TypeCheck(object, &JsProxy_Type)) {
        return KIND_JS;
    }
    if (object == bridge.jsnull) {
        return KIND_JS_NULL;
    }
    if (PyFloat_Check(object)) {
        return KIND_FLOAT;
    }
    if (PyObject_CheckBuffer(object)) {
        return !PyBytes_Check(object) && is_array(type) ? KIND_ARRAY : KIND_BUFFER;
    }
    return KIND_PROXY;
}

// An int that JavaScript's Number holds exactly, or NaN. In today's API the largest one of these,
// 2**53 - 1, becomes a BigInt.
EXPORT double
py2js_int(PyObject *object)
{
    const int64_t limit = (INT64_C(1) << 53) - (is_today ? 2 : 1);
    int overflow;
    int64_t value = PyLong_AsLongLongAndOverflow(object, &overflow);
    return overflow || value > limit || value < -limit ? Py_NAN : (double)value;
}

// A larger int as hexadecimal digits in a str.
EXPORT PyObject *
py2js_bigint(PyObject *object)
{
    return PyNumber_ToBase(object, 16);
}

EXPORT double
py2js_float(PyObject *object)
{
    return PyFloat_AS_DOUBLE(object);
}

// The data of a str that is not compact (of a subclass).
EXPORT const void *
py2js_str_data(PyObject *object)
{
    return PyUnicode_DATA(object);
}

static PyObject *
flat(PyObject *dict)
{
    PyObject *items = PyList_New(2 * PyDict_GET_SIZE(dict));
    if (items == NULL) {
        return NULL;
    }
    Py_ssize_t position = 0;
    PyObject *key;
    PyObject *value;
    for (Py_ssize_t i = 0; PyDict_Next(dict, &position, &key, &value); i += 2) {
        PyList_SET_ITEM(items, i, Py_NewRef(key));
        PyList_SET_ITEM(items, i + 1, Py_NewRef(value));
    }
    return items;
}

// The same for a subclass of dict, which may have its own method items().
static PyObject *
flat_items(PyObject *mapping)
{
    PyObject *items = PyMapping_Items(mapping);
    PyObject *dict = items ? PyDict_New() : NULL;
    PyObject *result = NULL;
    if (dict != NULL && PyDict_MergeFromSeq2(dict, items, 1) == 0) {
        result = flat(dict);
    }
    Py_XDECREF(dict);
    Py_XDECREF(items);
    return result;
}

// Whether JavaScript converts the counterpart of the key to the right property: "1.5", "true", a
// Symbol.
static int
is_property_key(PyObject *key)
{
    return PyUnicode_Check(key) || PyLong_Check(key) || PyFloat_Check(key) || key == Py_None ||
           PyObject_TypeCheck(key, &JsProxy_Type);
}

// A list of the keys and values of a dict: key, value, key, value. In 0.16's API, keys without a
// counterpart among JavaScript's property keys are converted to str.
EXPORT PyObject *
py2js_dict_items(PyObject *dict, int is_today)
{
    if (is_today) {
        return PyDict_CheckExact(dict) ? flat(dict) : ENTER(flat_items(dict));
    }
    PyObject *items = flat(dict);
    for (Py_ssize_t i = 0; items != NULL && i < PyList_GET_SIZE(items); i += 2) {
        PyObject *key = PyList_GET_ITEM(items, i);
        if (!is_property_key(key)) {
            PyObject *string = ENTER(PyObject_Str(key));
            if (string == NULL) {
                Py_CLEAR(items);
                break;
            }
            PyList_SET_ITEM(items, i, string);
            enter_release(key);
        }
    }
    return items;
}

EXPORT PyObject *
py2js_set_items(PyObject *set)
{
    return ENTER(PySequence_List(set));
}

// Whether the counterpart of an object is compared by value in JavaScript, too.
EXPORT int
py2js_is_scalar(PyObject *object)
{
    return PyUnicode_Check(object) || PyLong_Check(object) || PyFloat_Check(object) ||
           object == Py_None || object == bridge.jsnull;
}

// Raises a ConversionError. Steals the message.
EXPORT void
py2js_raise(PyObject *message)
{
    PyErr_SetObject(bridge.ConversionError, message);
    Py_DECREF(message);
}
