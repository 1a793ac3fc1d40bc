/* Has the hull of a cube with a point inside the vertices, sides, area and volume of the cube? */
#include <assert.h>
#include <math.h>
#include <libqhull_r/qhull_ra.h>

int main(void)
{
    coordT points[9][3];
    for (int i = 0; i < 8; i++) {
        for (int k = 0; k < 3; k++) {
            points[i][k] = (i >> k) & 1;
        }
    }
    points[8][0] = points[8][1] = points[8][2] = 0.4;
    qhT qh;
    qh_zero(&qh, stderr);
    char command[] = "qhull";
    assert(qh_new_qhull(&qh, 3, 9, points[0], False, command, NULL, stderr) == 0);
    assert(qh.num_vertices == 8 && qh.num_facets == 6);
    qh_getarea(&qh, qh.facet_list);
    assert(fabs(qh.totvol - 1) < 1e-12 && fabs(qh.totarea - 6) < 1e-12);
    qh_freeqhull(&qh, qh_ALL);
}
