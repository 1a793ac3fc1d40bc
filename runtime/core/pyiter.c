// How does JavaScript iterate over a Python object?
#include "core.h"

// What JavaScript asks of a generator. pyiter.js has the same numbers.
enum resumption { NEXT = 0, THROW = 1, RETURN = 2 };

// Imports from CPython (Objects/genobject.c), which declares it in no public header. The value of
// the current StopIteration, or -1 with another exception.
int
_PyGen_FetchStopIterationValue(PyObject **value);

EXPORT PyObject *
pyiter_of(PyObject *object, int is_async)
{
    return ENTER(is_async ? PyObject_GetAIter(object) : PyObject_GetIter(object));
}

// NULL without an exception at the end.
EXPORT PyObject *
pyiter_next(PyObject *iterator)
{
    return ENTER(PyIter_Next(iterator));
}

// Calls `throw` or `athrow` of a generator.
static PyObject *
throw_into(PyObject *generator, const char *method, enum resumption how, PyObject *value)
{
    if (how == RETURN) {
        return PyObject_CallMethod(generator, method, "O", PyExc_GeneratorExit);
    }
    if (!PyExceptionInstance_Check(value)) {
        return PyErr_Format(PyExc_TypeError,
                            "exceptions must be classes or instances deriving from BaseException, "
                            "not %s",
                            Py_TYPE(value)->tp_name);
    }
    return PyObject_CallMethod(generator, method, "O", value);
}

static PyObject *
resume(PyObject *iterator, enum resumption how, PyObject *value, uintptr_t *is_done)
{
    PyObject *result = NULL;
    if (how == NEXT) {
        *is_done = PyIter_Send(iterator, value, &result) == PYGEN_RETURN;
        return result;
    }
    result = throw_into(iterator, "throw", how, value);
    if (result != NULL) {
        return result;
    }
    *is_done = 1;
    if (how == RETURN && PyErr_ExceptionMatches(PyExc_GeneratorExit)) {
        PyErr_Clear();
        return Py_NewRef(value);
    }
    return _PyGen_FetchStopIterationValue(&result) < 0 ? NULL : result;
}

// Resumes an iterator with a value, which is stolen. Returns what it yields; or what it returns,
// and then the lowest bit of the pointer is set.
EXPORT PyObject *
pyiter_resume(PyObject *iterator, enum resumption how, PyObject *value)
{
    uintptr_t is_done = 0;
    PyObject *result = ENTER(resume(iterator, how, value, &is_done));
    enter_release(value);
    return result ? (PyObject *)((uintptr_t)result | is_done) : NULL;
}

static PyObject *
resume_async(PyObject *iterator, enum resumption how, PyObject *value)
{
    if (how != NEXT) {
        return throw_into(iterator, "athrow", how, value);
    }
    PyObject *asend;
    if (PyObject_GetOptionalAttrString(iterator, "asend", &asend) < 0) {
        return NULL;
    }
    if (asend != NULL) {
        PyObject *result = PyObject_CallOneArg(asend, value);
        Py_DECREF(asend);
        return result;
    }
    const PyAsyncMethods *methods = Py_TYPE(iterator)->tp_as_async;
    if (methods == NULL || methods->am_anext == NULL) {
        return PyErr_Format(PyExc_TypeError, "'%s' object is no asynchronous iterator",
                            Py_TYPE(iterator)->tp_name);
    }
    return methods->am_anext(iterator);
}

// The same for an asynchronous iterator. Returns an awaitable.
EXPORT PyObject *
pyiter_resume_async(PyObject *iterator, enum resumption how, PyObject *value)
{
    PyObject *result = ENTER(resume_async(iterator, how, value));
    enter_release(value);
    return result;
}
