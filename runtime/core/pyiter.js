// How does JavaScript iterate over a Python object?

addToLibrary({
  // What JavaScript asks of a generator: the same numbers as in pyiter.c.
  $pyResumption: { NEXT: 0, THROW: 1, RETURN: 2 },

  // An iterator for `for (const item of proxy)`. It releases the Python iterator at the end, or when
  // it is collected.
  $pyIterate: (proxy, isAsync) =>
    pyWith(proxy, (object, handle) => {
      const reference = pyNewReference(_pyiter_of(object, isAsync) || pyThrow());
      const items = (isAsync ? pyIterations.awaited : pyIterations.plain)(reference, handle);
      pyFinalizer.register(items, reference, reference);
      return items;
    }),

  // The generator functions are inside an object because Emscripten 3.1.69 cannot copy one that is
  // an entry of the library itself.
  $pyIterations: {
    plain: function* (reference, handle) {
      const next = () => {
        const item = _pyiter_next(pyAlive(reference));
        if (item === 0 && !_PyErr_Occurred()) {
          return undefined;
        }
        const value = pyTakeItem(handle, item);
        pyAddChild(handle.reference, value, value);
        return { value };
      };
      try {
        for (let item = pyOperation(next); item !== undefined; item = pyOperation(next)) {
          yield item.value;
        }
      } finally {
        pyFinalize(() => pyCollect(reference));
      }
    },
    awaited: async function* (reference) {
      try {
        for (;;) {
          const { done, value } = await pyResumeAsync(reference, pyResumption.NEXT);
          if (done) {
            return;
          }
          yield value;
        }
      } finally {
        pyFinalize(() => pyCollect(reference));
      }
    },
  },

  // Resumes the iterator of a proxy with a value.
  $pyResume: (proxy, how, value) =>
    pyWith(proxy, (object, handle) => {
      const result = _pyiter_resume(object, how, pyMake(value));
      return { done: (result & 1) === 1, value: pyTakeItem(handle, result & ~1) };
    }),

  // The same for an asynchronous iterator.
  $pyResumeAsync: async (reference, how, value) => {
    const awaitable = pyOperation(() =>
      pyTake(_pyiter_resume_async(pyAlive(reference), how, pyMake(value))),
    );
    try {
      return { done: false, value: await awaitable };
    } catch (/** @type {Value} */ error) {
      const type = pyErrors.has(error) ? error.type : undefined;
      if (type === "StopAsyncIteration") {
        return { done: true, value: undefined };
      }
      if (type === "GeneratorExit" && how !== pyResumption.NEXT) {
        return { done: true, value: how === pyResumption.RETURN ? value : undefined };
      }
      throw error;
    }
  },
});
