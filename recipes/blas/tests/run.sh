#!/bin/bash
# Links side modules that call one function of the library $1.
set -euo pipefail

case "$1" in
    blas) result=double function=ddot_ types='int*, double*, int*, double*, int*' ;;
    cblas) result=double function=cblas_ddot types='int, double*, int, double*, int' ;;
    lapack) result=void function=dgesv_ types='int*, int*, double*, int*, int*, double*, int*, int*' ;;
esac
zeros=$(sed 's/[^,]*/0/g' <<< "$types")
# link RESULT FLAG...: as if the function's result were of that type
link() {
    echo "$1 $function($types); void use(void) { $function($zeros); }" > side.c
    "${CC}" ${CFLAGS} -shared side.c ${LDFLAGS} "${@:2}" -o side.so
}
link "$result" -l"$1" -sERROR_ON_UNDEFINED_SYMBOLS=0
grep -q "lib$1.so" side.so
export PKG_CONFIG_LIBDIR="${PREFIX}/lib/pkgconfig"
read -ra flags <<< "$(pkg-config --cflags --libs "$1")"
link "$result" "${flags[@]}"
grep -q libopenblas.so side.so
# Another type than OpenBLAS's is an error already here.
if link int "${flags[@]}"; then exit 1; fi
