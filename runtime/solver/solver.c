/* Which packages must be installed for some specs? This module passes the question to libsolv.
 *
 * Request and answer are lines of text. The first character of a line of the request is its kind:
 *
 *     p name TAB version TAB build TAB build number TAB number of track_features
 *         a package; its dependencies and constraints follow, a spec per line
 *     i   the same for a package that is installed, and stays
 *     d   a spec that the package depends on
 *     c   a spec that the package constrains
 *     s   a requested spec
 *
 * The answer's first line is "yes" or "no". After "yes" come the packages to install, as positions
 * among all packages of the request; after "no" come the conflicts, a sentence per line.
 *
 * An instance of the module solves once; the next request needs a new instance.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <solv/conda.h>
#include <solv/pool.h>
#include <solv/repo.h>
#include <solv/solver.h>

/* A problem has a rule for each version of a package. A longer message would not be read. */
#define MOST_SENTENCES 100

typedef struct {
    Pool *pool;
    Repo *repo;
    Repodata *data;
} Source;

static Source
new_source(Pool *pool, const char *name)
{
    Repo *repo = repo_create(pool, name);
    return (Source){pool, repo, repo_add_repodata(repo, 0)};
}

/* Cuts the text at the next separator. Returns the part before it. */
static char *
cut(char **text, char separator)
{
    char *start = *text, *end = strchr(start, separator);
    if (end) {
        *end++ = '\0';
    }
    *text = end ? end : start + strlen(start);
    return start;
}

static Id
add_package(Source *source, char *fields)
{
    Pool *pool = source->pool;
    Id id = repo_add_solvable(source->repo);
    Solvable *package = pool_id2solvable(pool, id);
    package->name = pool_str2id(pool, cut(&fields, '\t'), 1);
    package->evr = pool_str2id(pool, cut(&fields, '\t'), 1);
    repodata_add_poolstr_array(source->data, id, SOLVABLE_BUILDFLAVOR, cut(&fields, '\t'));
    repodata_set_str(source->data, id, SOLVABLE_BUILDVERSION, cut(&fields, '\t'));
    for (int features = atoi(cut(&fields, '\t')); features > 0; features--) {
        repodata_add_idarray(source->data, id, SOLVABLE_TRACK_FEATURES, features);
    }
    Id self = pool_rel2id(pool, package->name, package->evr, REL_EQ, 1);
    package->provides = repo_addid_dep(source->repo, package->provides, self, 0);
    return id;
}

static void
say(char **answer, size_t *length, const char *line)
{
    size_t more = strlen(line);
    *answer = solv_realloc(*answer, *length + more + 2);
    memcpy(*answer + *length, line, more);
    *length += more;
    strcpy(*answer + *length, "\n");
    *length += 1;
}

static int
has_line(const char *answer, const char *line)
{
    size_t length = strlen(line);
    for (const char *at = answer; (at = strstr(at, line)); at += length) {
        if (at > answer && at[-1] == '\n' && at[length] == '\n') {
            return 1;
        }
    }
    return 0;
}

static void
explain(Solver *solver, char **answer, size_t *length)
{
    Queue rules;
    int sentences = 0;
    queue_init(&rules);
    for (Id problem = 0; (problem = solver_next_problem(solver, problem));) {
        queue_empty(&rules);
        solver_findallproblemrules(solver, problem, &rules);
        for (int i = 0; i < rules.count && sentences < MOST_SENTENCES; i++) {
            Id source, target, dep;
            SolverRuleinfo type =
                solver_ruleinfo(solver, rules.elements[i], &source, &target, &dep);
            const char *line = solver_problemruleinfo2str(solver, type, source, target, dep);
            if (has_line(*answer, line)) {
                continue;
            }
            say(answer, length, line);
            sentences++;
        }
    }
    queue_free(&rules);
}

/* Solves a request, which it changes. The answer is never freed. */
char *
solve(char *request)
{
    Pool *pool = pool_create();
    pool_setdisttype(pool, DISTTYPE_CONDA);
    Source installed = new_source(pool, "installed"), available = new_source(pool, "available");
    pool_set_installed(pool, installed.repo);

    Queue job, packages;
    queue_init(&job);
    queue_init(&packages);
    Source *source = &available;
    while (*request) {
        char *line = cut(&request, '\n');
        Id spec = strchr("dcs", *line) ? pool_conda_matchspec(pool, line + 1) : 0;
        Id package = packages.count ? packages.elements[packages.count - 1] : 0;
        switch (*line) {
        case 'i':
        case 'p':
            source = *line == 'i' ? &installed : &available;
            package = add_package(source, line + 1);
            queue_push(&packages, package);
            if (*line == 'i') {
                queue_push2(&job, SOLVER_INSTALL | SOLVER_SOLVABLE, package);
            }
            break;
        case 'd': {
            Solvable *solvable = pool_id2solvable(pool, package);
            solvable->
                requires
            = repo_addid_dep(source->repo, solvable->requires, spec, 0);
            break;
        }
        case 'c':
            repodata_add_idarray(source->data, package, SOLVABLE_CONSTRAINS, spec);
            break;
        case 's':
            queue_push2(&job, SOLVER_INSTALL | SOLVER_SOLVABLE_PROVIDES, spec);
        }
    }
    repodata_internalize(installed.data);
    repodata_internalize(available.data);
    pool_createwhatprovides(pool);

    Solver *solver = solver_create(pool);
    char *answer = NULL;
    size_t length = 0;
    if (solver_solve(solver, &job) > 0) {
        say(&answer, &length, "no");
        explain(solver, &answer, &length);
        return answer;
    }
    say(&answer, &length, "yes");
    for (int i = 0; i < packages.count; i++) {
        Id package = packages.elements[i];
        if (pool_id2solvable(pool, package)->repo == available.repo &&
            solver_get_decisionlevel(solver, package) > 0) {
            char number[16];
            snprintf(number, sizeof number, "%d", i);
            say(&answer, &length, number);
        }
    }
    return answer;
}
