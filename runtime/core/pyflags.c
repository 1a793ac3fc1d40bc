// Which protocols does a Python object implement? A PyProxy has the members of these.
#include "core.h"

// pyflags.js has the same numbers, which are those of Pyodide: programs read `$$flags`.
enum {
    HAS_LENGTH = 1 << 0,
    HAS_GET = 1 << 1,
    HAS_SET = 1 << 2,
    HAS_CONTAINS = 1 << 3,
    IS_ITERABLE = 1 << 4,
    IS_ITERATOR = 1 << 5,
    IS_AWAITABLE = 1 << 6,
    IS_BUFFER = 1 << 7,
    IS_CALLABLE = 1 << 8,
    IS_ASYNC_ITERABLE = 1 << 9,
    IS_ASYNC_ITERATOR = 1 << 10,
    IS_GENERATOR = 1 << 11,
    IS_ASYNC_GENERATOR = 1 << 12,
    IS_SEQUENCE = 1 << 13,
    IS_MUTABLE_SEQUENCE = 1 << 14,
    IS_DICT = 1 << 17,
    // Other objects of the type may have other flags.
    IS_SINGLE = 1 << 30,
};

// Whether a type is a subclass of an abstract class of collections.abc, also by registration. The
// module _collections_abc is there after the start.
static int
is_subclass(PyTypeObject *type, const char *name)
{
    static PyObject *abc;
    if (abc == NULL) {
        abc = PyImport_ImportModule("_collections_abc");
    }
    PyObject *class = abc ? PyObject_GetAttrString(abc, name) : NULL;
    int result = class ? PyObject_IsSubclass((PyObject *)type, class) : -1;
    Py_XDECREF(class);
    if (result < 0) {
        PyErr_Clear(); // of a metaclass
    }
    return result > 0;
}

static int
flags_of_type(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    const PySequenceMethods *sequence = type->tp_as_sequence;
    const PyMappingMethods *mapping = type->tp_as_mapping;
    const PyAsyncMethods *async = type->tp_as_async;
    int has_item = sequence && sequence->sq_item;
    int is_iterator = PyIter_Check(object);
    int is_async_iterator = async && async->am_anext;
    int flags = 0;
#define FLAG_IF(condition, flag) flags |= (condition) ? (flag) : 0
    FLAG_IF((sequence && sequence->sq_length) || (mapping && mapping->mp_length), HAS_LENGTH);
    FLAG_IF((mapping && mapping->mp_subscript) || has_item, HAS_GET);
    FLAG_IF((mapping && mapping->mp_ass_subscript) || (sequence && sequence->sq_ass_item), HAS_SET);
    FLAG_IF(sequence && sequence->sq_contains, HAS_CONTAINS);
    FLAG_IF(is_iterator, IS_ITERATOR);
    FLAG_IF(!is_iterator && (type->tp_iter || has_item), IS_ITERABLE);
    FLAG_IF(async && async->am_await, IS_AWAITABLE);
    FLAG_IF(type->tp_as_buffer && type->tp_as_buffer->bf_getbuffer, IS_BUFFER);
    FLAG_IF(type->tp_call, IS_CALLABLE);
    FLAG_IF(is_async_iterator, IS_ASYNC_ITERATOR);
    FLAG_IF(!is_async_iterator && async && async->am_aiter, IS_ASYNC_ITERABLE);
    FLAG_IF(is_iterator && is_subclass(type, "Generator"), IS_GENERATOR);
    FLAG_IF(is_async_iterator && is_subclass(type, "AsyncGenerator"), IS_ASYNC_GENERATOR);
    FLAG_IF(type == &PyDict_Type, IS_DICT);
    const int of_sequence = HAS_LENGTH | HAS_GET | HAS_CONTAINS | IS_ITERABLE;
    if ((flags & of_sequence) == of_sequence && is_subclass(type, "Sequence")) {
        flags |= IS_SEQUENCE;
        FLAG_IF(is_subclass(type, "MutableSequence"), IS_MUTABLE_SEQUENCE);
    }
#undef FLAG_IF
    return flags;
}

static int
flags_of_object(PyObject *object)
{
    int flags = flags_of_type(object);
    if (PyType_Check(object)) {
        // list[int]
        flags |= PyObject_HasAttrString(object, "__class_getitem__") ? HAS_GET : 0;
        return flags | IS_SINGLE;
    }
    if (PyGen_CheckExact(object)) {
        // A generator of @types.coroutine.
        PyCodeObject *code = PyGen_GetCode((PyGenObject *)object);
        flags |= code->co_flags & CO_ITERABLE_COROUTINE ? IS_AWAITABLE : 0;
        Py_DECREF(code);
        return flags | IS_SINGLE;
    }
    return flags;
}

// The flags of an object. Gives its type a version, by which $pyFlags finds them again.
EXPORT int
pyflags_of(PyObject *object)
{
    PyUnstable_Type_AssignVersionTag(Py_TYPE(object));
    return ENTER(flags_of_object(object));
}
