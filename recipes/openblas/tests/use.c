/* Matrix products of every size and kind of kernel against their definition, and a solved system. */
#include <cblas.h>
#include <complex.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

void dgesv_(int *n, int *nrhs, double *a, int *lda, int *pivot, double *b, int *ldb, int *info);
double ddot_(int *n, double *x, int *incx, double *y, int *incy);

static double number(void) { return rand() / (double)RAND_MAX - 0.5; }

static int wrong = 0;

static void check(const char *what, int size, double error, double limit) {
  if (error < limit) return;
  printf("%s of size %d: error %g\n", what, size, error);
  wrong = 1;
}

#define MATRICES(TYPE, N)                                                             \
  TYPE *a = malloc(N * N * sizeof(TYPE)), *b = malloc(N * N * sizeof(TYPE));          \
  TYPE *c = malloc(N * N * sizeof(TYPE)), *expected = malloc(N * N * sizeof(TYPE));   \
  for (int i = 0; i < N * N; i++) a[i] = number(), b[i] = number(), c[i] = number();
#define FREE free(a), free(b), free(c), free(expected)

/* C = alpha * op(A) * op(B) + beta * C, column by column */
#define GEMM(NAME, TYPE, ABS, LIMIT, ALPHA, BETA)                                     \
  static void NAME(int n) {                                                           \
    for (int transposed = 0; transposed < 4; transposed++) {                          \
      MATRICES(TYPE, n)                                                               \
      for (int j = 0; j < n; j++)                                                     \
        for (int i = 0; i < n; i++) {                                                 \
          TYPE sum = 0;                                                               \
          for (int k = 0; k < n; k++)                                                 \
            sum += (transposed & 1 ? a[k + n * i] : a[i + n * k]) * (transposed & 2 ? b[j + n * k] : b[k + n * j]); \
          expected[i + n * j] = 2 * sum + 3 * c[i + n * j];                           \
        }                                                                             \
      cblas_##NAME(CblasColMajor, transposed & 1 ? CblasTrans : CblasNoTrans,         \
                   transposed & 2 ? CblasTrans : CblasNoTrans, n, n, n, ALPHA, a, n, b, n, BETA, c, n); \
      double error = 0;                                                               \
      for (int i = 0; i < n * n; i++) error = fmax(error, ABS(c[i] - expected[i]));   \
      check(#NAME, n, error, LIMIT);                                                  \
      FREE;                                                                           \
    }                                                                                 \
  }
static float complex two_c = 2, three_c = 3;
static double complex two_z = 2, three_z = 3;
GEMM(sgemm, float, fabsf, 1e-3, 2, 3)
GEMM(dgemm, double, fabs, 1e-11, 2, 3)
GEMM(cgemm, float complex, cabsf, 1e-3, &two_c, &three_c)
GEMM(zgemm, double complex, cabs, 1e-11, &two_z, &three_z)

/* A product with a triangular matrix and back again: op(A)^-1 * op(A) * B = B, on either side. */
#define TRIANGLE(PREFIX, TYPE, ABS, LIMIT, ONE)                                       \
  static void PREFIX##triangle(int n) {                                               \
    for (int bits = 0; bits < 12; bits++) {                                           \
      enum CBLAS_SIDE side = bits & 1 ? CblasLeft : CblasRight;                       \
      enum CBLAS_UPLO uplo = bits & 2 ? CblasUpper : CblasLower;                      \
      enum CBLAS_TRANSPOSE trans = (enum CBLAS_TRANSPOSE[]){CblasNoTrans, CblasTrans, CblasConjTrans}[bits / 4]; \
      MATRICES(TYPE, n)                                                               \
      for (int i = 0; i < n; i++) a[i + n * i] += n;                                  \
      for (int i = 0; i < n * n; i++) expected[i] = c[i] = b[i];                      \
      cblas_##PREFIX##trmm(CblasColMajor, side, uplo, trans, CblasNonUnit, n, n, ONE, a, n, c, n); \
      double changed = 0, error = 0;                                                  \
      for (int i = 0; i < n * n; i++) changed = fmax(changed, ABS(c[i] - b[i]));      \
      if (n > 1) check(#PREFIX "trmm did nothing", n, -changed, -1e-3);                \
      cblas_##PREFIX##trsm(CblasColMajor, side, uplo, trans, CblasNonUnit, n, n, ONE, a, n, c, n); \
      for (int i = 0; i < n * n; i++) error = fmax(error, ABS(c[i] - expected[i]));   \
      check(#PREFIX "trmm, trsm", n, error, LIMIT);                                   \
      /* trmm alone, against gemm with the zeros */                                   \
      for (int j = 0; j < n; j++)                                                     \
        for (int i = 0; i < n; i++)                                                   \
          if (uplo == CblasUpper ? i > j : i < j) a[i + n * j] = 0;                   \
      for (int i = 0; i < n * n; i++) c[i] = b[i], expected[i] = 0;                   \
      cblas_##PREFIX##trmm(CblasColMajor, side, uplo, trans, CblasNonUnit, n, n, ONE, a, n, c, n); \
      if (side == CblasLeft)                                                          \
        cblas_##PREFIX##gemm(CblasColMajor, trans, CblasNoTrans, n, n, n, ONE, a, n, b, n, ONE, expected, n); \
      else                                                                            \
        cblas_##PREFIX##gemm(CblasColMajor, CblasNoTrans, trans, n, n, n, ONE, b, n, a, n, ONE, expected, n); \
      error = 0;                                                                      \
      for (int i = 0; i < n * n; i++) error = fmax(error, ABS(c[i] - expected[i]));   \
      check(#PREFIX "trmm", n, error, LIMIT * n);                                     \
      FREE;                                                                           \
    }                                                                                 \
  }
static float complex one_c = 1;
static double complex one_z = 1;
TRIANGLE(s, float, fabsf, 1e-4, 1)
TRIANGLE(d, double, fabs, 1e-12, 1)
TRIANGLE(c, float complex, cabsf, 1e-4, &one_c)
TRIANGLE(z, double complex, cabs, 1e-12, &one_z)

/* Vectors and matrix times vector, with and without strides. */
#define LEVEL2(PREFIX, TYPE, LIMIT)                                                   \
  static void PREFIX##vectors(int n) {                                                \
    for (int bits = 0; bits < 8; bits++) {                                            \
      int ix = bits & 1 ? 2 : 1, iy = bits & 2 ? 3 : 1, transposed = bits & 4;        \
      TYPE *a = malloc(n * n * sizeof(TYPE)), *x = malloc(2 * n * sizeof(TYPE));      \
      TYPE *y = malloc(3 * n * sizeof(TYPE)), *expected = malloc(n * sizeof(TYPE));   \
      for (int i = 0; i < n * n; i++) a[i] = number();                                \
      for (int i = 0; i < 2 * n; i++) x[i] = number();                                \
      for (int i = 0; i < 3 * n; i++) y[i] = number();                                \
      TYPE dot = 0;                                                                   \
      for (int i = 0; i < n; i++) {                                                   \
        dot += x[i * ix] * y[i * iy];                                                 \
        expected[i] = 3 * y[i * iy];                                                  \
        for (int j = 0; j < n; j++) expected[i] += 2 * (transposed ? a[j + n * i] : a[i + n * j]) * x[j * ix]; \
      }                                                                               \
      check(#PREFIX "dot", n, fabs(dot - cblas_##PREFIX##dot(n, x, ix, y, iy)), LIMIT); \
      cblas_##PREFIX##gemv(CblasColMajor, transposed ? CblasTrans : CblasNoTrans, n, n, 2, a, n, x, ix, 3, y, iy); \
      double error = 0;                                                               \
      for (int i = 0; i < n; i++) error = fmax(error, fabs(y[i * iy] - expected[i])); \
      check(#PREFIX "gemv", n, error, LIMIT);                                         \
      for (int i = 0; i < n; i++) expected[i] = y[i * iy] + (TYPE)0.5 * x[i * ix];    \
      cblas_##PREFIX##axpy(n, 0.5, x, ix, y, iy);                                     \
      error = 0;                                                                      \
      for (int i = 0; i < n; i++) error = fmax(error, fabs(y[i * iy] - expected[i])); \
      check(#PREFIX "axpy", n, error, LIMIT);                                         \
      cblas_##PREFIX##scal(n, 4, x, ix);                                              \
      cblas_##PREFIX##rot(n, x, ix, y, iy, 0.6, 0.8);                                 \
      cblas_##PREFIX##rot(n, x, ix, y, iy, 0.6, -0.8);                                \
      error = 0;                                                                      \
      for (int i = 0; i < n; i++) error = fmax(error, fabs(y[i * iy] - expected[i])); \
      check(#PREFIX "rot", n, error, LIMIT);                                          \
      free(a), free(x), free(y), free(expected);                                      \
    }                                                                                 \
  }
LEVEL2(s, float, 1e-3)
LEVEL2(d, double, 1e-11)

int main(void) {
  for (int n = 1; n < 300; n += n < 40 ? 1 : 63) {
    sgemm(n), dgemm(n), cgemm(n), zgemm(n);
    striangle(n), dtriangle(n), ctriangle(n), ztriangle(n);
    svectors(n), dvectors(n);
  }
  /* Zero times infinity, as the reference has it. */
  double values[9] = {INFINITY, NAN, 1, 1, 1, 1, 1, 1, -INFINITY};
  cblas_dscal(9, 0, values, 1);
  if (!isnan(values[0]) || !isnan(values[1]) || values[2] != 0 || !isnan(values[8])) wrong = 1, puts("dscal by zero");
  int n = 100, one = 1, info, pivot[100];
  double *a = malloc(n * n * sizeof *a), *x = malloc(n * sizeof *x), *b = calloc(n, sizeof *b);
  for (int i = 0; i < n * n; i++) a[i] = number();
  for (int i = 0; i < n; i++) x[i] = number();
  cblas_dgemv(CblasColMajor, CblasNoTrans, n, n, 1, a, n, x, 1, 0, b, 1);
  dgesv_(&n, &one, a, &n, pivot, b, &n, &info);
  for (int i = 0; i < n; i++) check("dgesv", n, fabs(b[i] - x[i]), 1e-9);
  check("dgesv's info", n, info, 0.5);
  puts(wrong ? "wrong" : "right");
  return wrong;
}
