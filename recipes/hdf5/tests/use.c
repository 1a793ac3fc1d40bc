/* Does a file keep a compressed table in chunks, its attribute, strings and links; are numbers converted, and is what
   is not there an error? */
#include <assert.h>
#include <hdf5.h>
#include <hdf5_hl.h>
#include <string.h>

enum { ROWS = 300, COLUMNS = 200 };

static double table[ROWS][COLUMNS];

static void write_file(const char *path)
{
    for (int i = 0; i < ROWS; i++) {
        for (int j = 0; j < COLUMNS; j++) {
            table[i][j] = i + j / 256.0;
        }
    }
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    hid_t group = H5Gcreate2(file, "group", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    hid_t space = H5Screate_simple(2, (hsize_t[]){ROWS, COLUMNS}, (hsize_t[]){H5S_UNLIMITED, COLUMNS});
    hid_t how = H5Pcreate(H5P_DATASET_CREATE);
    assert(H5Pset_chunk(how, 2, (hsize_t[]){64, 50}) >= 0);
    assert(H5Pset_shuffle(how) >= 0 && H5Pset_deflate(how, 6) >= 0 && H5Pset_fletcher32(how) >= 0);
    hid_t data = H5Dcreate2(group, "table", H5T_IEEE_F64BE, space, H5P_DEFAULT, how, H5P_DEFAULT);
    assert(H5Dwrite(data, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, table) >= 0);
    assert(H5Dget_storage_size(data) < sizeof table / 4);
    assert(H5LTset_attribute_string(group, "table", "unit", "metre") >= 0);
    assert(H5LTmake_dataset_string(file, "text", "Ærø") >= 0);
    assert(H5Lcreate_soft("/group/table", file, "alias", H5P_DEFAULT, H5P_DEFAULT) >= 0);
    H5Dclose(data);
    H5Pclose(how);
    H5Sclose(space);
    H5Gclose(group);
    assert(H5Fclose(file) >= 0);
}

static herr_t count(hid_t group, const char *name, const H5L_info2_t *info, void *number)
{
    (void)group, (void)name, (void)info;
    ++*(int *)number;
    return 0;
}

static void read_file(const char *path)
{
    hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    hid_t data = H5Dopen2(file, "alias", H5P_DEFAULT);
    hid_t space = H5Dget_space(data);
    assert(H5Sselect_hyperslab(space, H5S_SELECT_SET, (hsize_t[]){10, 20}, (hsize_t[]){100, 64}, (hsize_t[]){3, 2},
                               NULL) >= 0);
    hid_t memory = H5Screate_simple(1, (hsize_t[]){6}, NULL);
    float floats[6];
    assert(H5Dread(data, H5T_NATIVE_FLOAT, memory, space, H5P_DEFAULT, floats) >= 0);
    long long whole[6];
    assert(H5Dread(data, H5T_NATIVE_LLONG, memory, space, H5P_DEFAULT, whole) >= 0);
    long double longs[6];
    assert(H5Dread(data, H5T_NATIVE_LDOUBLE, memory, space, H5P_DEFAULT, longs) >= 0);
    for (int k = 0; k < 6; k++) {
        const double expected = table[10 + k / 2 * 100][20 + k % 2 * 64];
        assert(floats[k] == (float)expected && whole[k] == (long long)expected && longs[k] == expected);
    }
    char text[10];
    assert(H5LTget_attribute_string(file, "group/table", "unit", text) >= 0 && strcmp(text, "metre") == 0);
    assert(H5LTread_dataset_string(file, "text", text) >= 0 && strcmp(text, "Ærø") == 0);
    int links = 0;
    assert(H5Lvisit2(file, H5_INDEX_NAME, H5_ITER_NATIVE, count, &links) >= 0 && links == 4);
    H5E_BEGIN_TRY
    {
        assert(H5Dopen2(file, "group/nothing", H5P_DEFAULT) < 0);
    }
    H5E_END_TRY
    H5Sclose(memory);
    H5Sclose(space);
    H5Dclose(data);
    assert(H5Fclose(file) >= 0);
}

int main(void)
{
    write_file("a.h5");
    read_file("a.h5");
    assert(H5close() >= 0);
}
