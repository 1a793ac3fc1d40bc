/* Are coordinates transformed between systems of the database, and back, and is an unknown system an error? */
#include <assert.h>
#include <math.h>
#include <proj.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    assert(argc == 2);
    PJ_CONTEXT *context = proj_context_create();
    proj_context_set_search_paths(context, 1, (const char *const *)(argv + 1));
    proj_log_level(context, PJ_LOG_NONE);
    PJ *made = proj_create_crs_to_crs(context, "EPSG:4326", "EPSG:32632", NULL);
    assert(made);
    PJ *there = proj_normalize_for_visualization(context, made);
    /* The meridian in the middle of the zone is at 500 km. */
    PJ_COORD metres = proj_trans(there, PJ_FWD, proj_coord(9, 55, 0, 0));
    assert(fabs(metres.xy.x - 500000) < 1e-6 && metres.xy.y > 6.0e6 && metres.xy.y < 6.2e6);
    PJ_COORD degrees = proj_trans(there, PJ_INV, metres);
    assert(fabs(degrees.xy.x - 9) < 1e-9 && fabs(degrees.xy.y - 55) < 1e-9);
    assert(proj_create_crs_to_crs(context, "EPSG:4326", "EPSG:1", NULL) == NULL);
    proj_destroy(made);
    proj_destroy(there);
    proj_context_destroy(context);
}
