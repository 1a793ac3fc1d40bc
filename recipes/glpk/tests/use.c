/* Are a linear program, an integer one and a model in MathProg solved, and is an error caught by longjmp? */
#include <assert.h>
#include <glpk.h>
#include <math.h>
#include <setjmp.h>
#include <stdio.h>

static jmp_buf failed;

static void hook(void *info)
{
    (void)info;
    glp_error_hook(NULL, NULL);
    glp_free_env();
    longjmp(failed, 1);
}

/* The example of the reference manual: its optimum is 733 1/3, and 732 in whole numbers. */
static void solve_example(void)
{
    const double profit[] = {10, 6, 4}, limit[] = {100, 600, 300};
    const int rows[] = {0, 1, 1, 1, 2, 2, 2, 3, 3, 3}, columns[] = {0, 1, 2, 3, 1, 2, 3, 1, 2, 3};
    const double values[] = {0, 1, 1, 1, 10, 4, 5, 2, 2, 6};
    glp_prob *problem = glp_create_prob();
    glp_set_obj_dir(problem, GLP_MAX);
    glp_add_rows(problem, 3);
    glp_add_cols(problem, 3);
    for (int i = 0; i < 3; i++) {
        glp_set_row_bnds(problem, i + 1, GLP_UP, 0, limit[i]);
        glp_set_col_bnds(problem, i + 1, GLP_LO, 0, 0);
        glp_set_obj_coef(problem, i + 1, profit[i]);
        glp_set_col_kind(problem, i + 1, GLP_IV);
    }
    glp_load_matrix(problem, 9, rows, columns, values);
    assert(glp_simplex(problem, NULL) == 0 && glp_get_status(problem) == GLP_OPT);
    assert(fabs(glp_get_obj_val(problem) - 2200.0 / 3) < 1e-9);
    assert(glp_exact(problem, NULL) == 0);
    assert(glp_interior(problem, NULL) == 0);
    assert(fabs(glp_ipt_obj_val(problem) - 2200.0 / 3) < 1e-4);
    glp_iocp how;
    glp_init_iocp(&how);
    how.presolve = how.gmi_cuts = how.mir_cuts = GLP_ON;
    assert(glp_intopt(problem, &how) == 0 && glp_mip_status(problem) == GLP_OPT);
    assert(glp_mip_obj_val(problem) == 732);
    glp_delete_prob(problem);
}

static void solve_model(void)
{
    FILE *file = fopen("knapsack.mod", "w");
    fputs("set I := 1..4; param w{i in I} := 3 + i^2 mod 7; var x{I} binary;\n"
          "maximize value: sum{i in I} (i + 2) * x[i]; s.t. weight: sum{i in I} w[i] * x[i] <= 12; end;\n",
          file);
    fclose(file);
    glp_prob *problem = glp_create_prob();
    glp_tran *model = glp_mpl_alloc_wksp();
    assert(glp_mpl_read_model(model, "knapsack.mod", 0) == 0 && glp_mpl_generate(model, NULL) == 0);
    glp_mpl_build_prob(model, problem);
    assert(glp_simplex(problem, NULL) == 0 && glp_intopt(problem, NULL) == 0);
    /* Weights 4 7 5 5, values 3 4 5 6. */
    assert(glp_mip_obj_val(problem) == 11);
    glp_mpl_free_wksp(model);
    glp_delete_prob(problem);
}

int main(void)
{
    solve_example();
    solve_model();
    if (setjmp(failed) == 0) {
        glp_error_hook(hook, NULL);
        glp_add_rows(glp_create_prob(), -1);
        assert(0);
    }
}
