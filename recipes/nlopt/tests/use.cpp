// Does each algorithm find the minimum of a function, and are constraints kept?
#include <cassert>
#include <cmath>
#include <cstdio>
#include <nlopt.hpp>
#include <vector>

// A bowl: 1 at (0.3, -0.7).
static double bowl(const std::vector<double> &x, std::vector<double> &gradient, void *)
{
    const double u = x[0] - 0.3, v = x[1] + 0.7;
    if (!gradient.empty()) {
        gradient = {2 * u + v, 4 * v + u};
    }
    return 1 + u * u + u * v + 2 * v * v;
}

// The tutorial's example: sqrt(y) is least, 0.5443, at (1/3, 8/27) where y >= (a x + b)^3 for both (a, b).
static double root(const std::vector<double> &x, std::vector<double> &gradient, void *)
{
    if (!gradient.empty()) {
        gradient = {0, 0.5 / std::sqrt(x[1])};
    }
    return std::sqrt(x[1]);
}

static double cube(const std::vector<double> &x, std::vector<double> &gradient, void *data)
{
    const double *ab = static_cast<double *>(data), line = ab[0] * x[0] + ab[1];
    if (!gradient.empty()) {
        gradient = {3 * ab[0] * line * line, -1};
    }
    return line * line * line - x[1];
}

int main()
{
    for (int number = 0; number < nlopt::NUM_ALGORITHMS; number++) {
        const auto algorithm = static_cast<nlopt::algorithm>(number);
        if (algorithm == nlopt::LD_LBFGS_NOCEDAL) {
            continue;  // Its code is not free, and not part of the library.
        }
        nlopt::opt search(algorithm, 2);
        search.set_min_objective(bowl, nullptr);
        search.set_lower_bounds(-2);
        search.set_upper_bounds(std::vector<double>{2, 2.5});
        search.set_xtol_rel(1e-7);
        search.set_maxeval(3000);
        nlopt::opt local(nlopt::LD_LBFGS, 2);
        local.set_xtol_rel(1e-7);
        search.set_local_optimizer(local);
        std::vector<double> x{1, 1};
        double least = 0;
        try {
            search.optimize(x, least);
        } catch (const nlopt::roundoff_limited &) {
            least = search.last_optimum_value();
        }
        std::printf("%s: %.9f\n", search.get_algorithm_name(), least);
        assert(std::abs(least - 1) < 1e-2);
    }
    for (const auto algorithm : {nlopt::LD_MMA, nlopt::LD_SLSQP, nlopt::LN_COBYLA}) {
        double first[] = {2, 0}, second[] = {-1, 1};
        nlopt::opt search(algorithm, 2);
        search.set_min_objective(root, nullptr);
        search.set_lower_bounds(std::vector<double>{-HUGE_VAL, 1e-6});
        search.add_inequality_constraint(cube, first, 1e-8);
        search.add_inequality_constraint(cube, second, 1e-8);
        search.set_xtol_rel(1e-6);
        std::vector<double> x{1.234, 5.678};
        double least = 0;
        search.optimize(x, least);
        assert(std::abs(least - std::sqrt(8.0 / 27)) < 1e-5 && std::abs(x[0] - 1.0 / 3) < 1e-4);
    }
    try {
        nlopt::opt(nlopt::LD_MMA, 2).set_lower_bounds(std::vector<double>{0, 0, 0});
        assert(false);
    } catch (const std::invalid_argument &) {
    }
}
