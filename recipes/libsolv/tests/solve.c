/* Prints what is installed for some specs out of a repodata.json, or why nothing is. */
#include <emscripten.h>
#include <stdio.h>
#include <solv/conda.h>
#include <solv/pool.h>
#include <solv/repo.h>
#include <solv/repo_conda.h>
#include <solv/solver.h>

/* Node's file system does not reach a program by itself. */
EM_JS(void, bring, (const char *path), {
    FS.writeFile("/repodata.json", require("fs").readFileSync(UTF8ToString(path)));
});

int main(int argc, char **argv)
{
    Pool *pool = pool_create();
    pool_setdisttype(pool, DISTTYPE_CONDA);
    bring(argv[1]);
    FILE *file = fopen("/repodata.json", "r");
    if (repo_add_conda(repo_create(pool, "test"), file, 0) != 0)
        return puts(pool_errstr(pool)), 1;
    pool_createwhatprovides(pool);

    Queue job;
    queue_init(&job);
    for (int i = 2; i < argc; i++)
        queue_push2(&job, SOLVER_INSTALL | SOLVER_SOLVABLE_PROVIDES, pool_conda_matchspec(pool, argv[i]));
    Solver *solver = solver_create(pool);
    if (solver_solve(solver, &job) > 0) {
        Id source, target, dep, rule = solver_findproblemrule(solver, 1);
        SolverRuleinfo type = solver_ruleinfo(solver, rule, &source, &target, &dep);
        printf("nothing fits: %s\n", solver_problemruleinfo2str(solver, type, source, target, dep));
        return 0;
    }
    Transaction *transaction = solver_create_transaction(solver);
    transaction_order(transaction, 0);
    int count = transaction->steps.count;
    for (int i = 0; i < count; i++)
        printf("%s%c", pool_solvid2str(pool, transaction->steps.elements[i]), i + 1 < count ? ' ' : '\n');
    return 0;
}
