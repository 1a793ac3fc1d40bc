/* Are shapes read, intersected and written, and is an invalid text an error of the library, not a trap? */
#include <assert.h>
#include <geos_c.h>
#include <math.h>
#include <string.h>

static int errors;

static void count(const char *text, void *data)
{
    (void)data;
    errors += strstr(text, "ParseException") != NULL;
}

int main(void)
{
    GEOSContextHandle_t geos = GEOS_init_r();
    GEOSContext_setErrorMessageHandler_r(geos, count, NULL);
    GEOSWKTReader *reader = GEOSWKTReader_create_r(geos);
    GEOSGeometry *square = GEOSWKTReader_read_r(geos, reader, "POLYGON ((0 0, 2 0, 2 2, 0 2, 0 0))");
    GEOSGeometry *point = GEOSWKTReader_read_r(geos, reader, "POINT (2 2)");
    GEOSGeometry *circle = GEOSBuffer_r(geos, point, 1, 64);
    GEOSGeometry *quarter = GEOSIntersection_r(geos, square, circle);
    double area;
    assert(GEOSArea_r(geos, quarter, &area) == 1 && fabs(area - 3.14159265 / 4) < 1e-3);
    assert(GEOSTouches_r(geos, square, point) == 1 && GEOSWithin_r(geos, quarter, square) == 1);
    assert(GEOSWKTReader_read_r(geos, reader, "POLYGON ((0 0") == NULL && errors == 1);
    GEOSGeom_destroy_r(geos, square);
    GEOSGeom_destroy_r(geos, point);
    GEOSGeom_destroy_r(geos, circle);
    GEOSGeom_destroy_r(geos, quarter);
    GEOSWKTReader_destroy_r(geos, reader);
    GEOS_finish_r(geos);
}
