/* Do features and rasters of each format come back as they were, and are broken files errors? */
#include <assert.h>
#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_vsi.h>
#include <gdal.h>
#include <math.h>
#include <ogr_api.h>
#include <ogr_srs_api.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void features(const char *driver, const char *file)
{
    OGRSpatialReferenceH degrees = OSRNewSpatialReference(NULL);
    assert(OSRImportFromEPSG(degrees, 4326) == OGRERR_NONE);
    OSRSetAxisMappingStrategy(degrees, OAMS_TRADITIONAL_GIS_ORDER);
    GDALDatasetH made = GDALCreate(GDALGetDriverByName(driver), file, 0, 0, 0, GDT_Unknown, NULL);
    assert(made);
    OGRLayerH layer = GDALDatasetCreateLayer(made, "places", degrees, wkbPoint, NULL);
    OGRFieldDefnH field = OGR_Fld_Create("name", OFTString);
    assert(OGR_L_CreateField(layer, field, TRUE) == OGRERR_NONE);
    OGRFeatureH feature = OGR_F_Create(OGR_L_GetLayerDefn(layer));
    OGR_F_SetFieldString(feature, OGR_F_GetFieldIndex(feature, "name"), "Zürich");
    OGRGeometryH point = OGR_G_CreateGeometry(wkbPoint);
    OGR_G_SetPoint_2D(point, 0, 8.5417, 47.3769);
    assert(OGR_F_SetGeometryDirectly(feature, point) == OGRERR_NONE);
    assert(OGR_L_CreateFeature(layer, feature) == OGRERR_NONE);
    OGR_F_Destroy(feature);
    OGR_Fld_Destroy(field);
    OSRDestroySpatialReference(degrees);
    assert(GDALClose(made) == CE_None);

    GDALDatasetH back = GDALOpenEx(file, GDAL_OF_VECTOR, NULL, NULL, NULL);
    assert(back && GDALDatasetGetLayerCount(back) == 1);
    layer = GDALDatasetGetLayer(back, 0);
    feature = OGR_L_GetNextFeature(layer);
    assert(feature && OGR_L_GetFeatureCount(layer, TRUE) == 1);
    assert(!strcmp(OGR_F_GetFieldAsString(feature, OGR_F_GetFieldIndex(feature, "name")), "Zürich"));
    point = OGR_F_GetGeometryRef(feature);
    assert(point && fabs(OGR_G_GetX(point, 0) - 8.5417) < 1e-9);
    OGR_F_Destroy(feature);
    GDALClose(back);
}

static void raster(const char *driver, const char *file, int tolerance)
{
    unsigned char row[32], read[32];
    GDALDatasetH grey = GDALCreate(GDALGetDriverByName("MEM"), "", 32, 32, 1, GDT_Byte, NULL);
    for (int y = 0; y < 32; y++) {
        for (int x = 0; x < 32; x++) {
            row[x] = (unsigned char)(4 * x + y);
        }
        assert(!GDALRasterIO(GDALGetRasterBand(grey, 1), GF_Write, 0, y, 32, 1, row, 32, 1, GDT_Byte, 0, 0));
    }
    GDALDatasetH copy = GDALCreateCopy(GDALGetDriverByName(driver), file, grey, TRUE, NULL, NULL, NULL);
    assert(copy);
    GDALClose(copy);
    GDALDatasetH back = GDALOpen(file, GA_ReadOnly);
    assert(back && GDALGetRasterXSize(back) == 32 && GDALGetRasterYSize(back) == 32);
    assert(!GDALRasterIO(GDALGetRasterBand(back, 1), GF_Read, 0, 31, 32, 1, read, 32, 1, GDT_Byte, 0, 0));
    for (int x = 0; x < 32; x++) {
        assert(abs(read[x] - row[x]) <= tolerance);
    }
    GDALClose(back);
    GDALClose(grey);
}

int main(int argc, char **argv)
{
    assert(argc == 3);
    CPLSetConfigOption("GDAL_DATA", argv[1]);
    OSRSetPROJSearchPaths((const char *const[]){argv[2], NULL});
    GDALAllRegister();
    features("GeoJSON", "/vsimem/places.geojson");
    features("ESRI Shapefile", "/vsimem/places.shp");
    features("GPKG", "/vsimem/places.gpkg");
    features("SQLite", "/vsimem/places.sqlite");
    features("FlatGeobuf", "/vsimem/places.fgb");
    features("GML", "/vsimem/places.gml");
    raster("GTiff", "/vsimem/grey.tif", 0);
    raster("PNG", "/vsimem/grey.png", 0);
    raster("JPEG", "/vsimem/grey.jpg", 8);
    raster("GIF", "/vsimem/grey.gif", 0);

    OGRSpatialReferenceH from = OSRNewSpatialReference(NULL), to = OSRNewSpatialReference(NULL);
    assert(OSRImportFromEPSG(from, 4326) == OGRERR_NONE && OSRImportFromEPSG(to, 32632) == OGRERR_NONE);
    OSRSetAxisMappingStrategy(from, OAMS_TRADITIONAL_GIS_ORDER);
    OGRCoordinateTransformationH there = OCTNewCoordinateTransformation(from, to);
    double x = 9, y = 55;
    assert(OCTTransform(there, 1, &x, &y, NULL) && fabs(x - 500000) < 1e-6);
    OCTDestroyCoordinateTransformation(there);
    OSRDestroySpatialReference(from);
    OSRDestroySpatialReference(to);

    OGRGeometryH square = NULL, round = NULL;
    char *wkt = "POLYGON ((0 0,1 0,1 1,0 1,0 0))";
    assert(OGR_G_CreateFromWkt(&wkt, NULL, &square) == OGRERR_NONE);
    round = OGR_G_Buffer(square, 1, 30);
    assert(round && fabs(OGR_G_Area(round) - (1 + 4 + acos(-1))) < 0.01);
    OGR_G_DestroyGeometry(square);
    OGR_G_DestroyGeometry(round);

    CPLPushErrorHandler(CPLQuietErrorHandler);
    VSIFCloseL(VSIFileFromMemBuffer("/vsimem/broken.tif", (GByte *)"II*\0\377\377\377\377", 8, FALSE));
    assert(!GDALOpenEx("/vsimem/broken.tif", GDAL_OF_RASTER, NULL, NULL, NULL) && CPLGetLastErrorMsg()[0]);
    CPLPopErrorHandler();
    puts("all formats");
}
