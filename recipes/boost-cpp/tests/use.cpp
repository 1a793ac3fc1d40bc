// Do a special function, numbers of any size, a graph, a parser and an interval library give what they should?
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/dijkstra_shortest_paths.hpp>
#include <boost/icl/interval_set.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <boost/multiprecision/cpp_int.hpp>
#include <boost/numeric/odeint.hpp>
#include <boost/spirit/home/x3.hpp>
#include <boost/version.hpp>
#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

static void check(bool good)
{
    if (!good) {
        std::abort();
    }
}

int main()
{
    static_assert(BOOST_VERSION == 108800);
    check(std::abs(boost::math::quantile(boost::math::students_t(10), 0.975) - 2.22813885198627) < 1e-13);

    boost::multiprecision::cpp_int factorial = 1;
    for (int i = 2; i <= 30; i++) {
        factorial *= i;
    }
    check(factorial.str() == "265252859812191058636308480000000");

    using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS, boost::no_property,
                                        boost::property<boost::edge_weight_t, int>>;
    const std::pair<int, int> edges[] = {{0, 1}, {1, 2}, {0, 2}, {2, 3}};
    const int weights[] = {1, 2, 9, 4};
    const Graph graph(edges, edges + 4, weights, 4);
    std::vector<int> distances(4);
    boost::dijkstra_shortest_paths(graph, 0, boost::distance_map(distances.data()));
    check(distances == std::vector<int>{0, 1, 3, 7});

    boost::icl::interval_set<int> set;
    set += boost::icl::interval<int>::right_open(1, 4);
    set += boost::icl::interval<int>::right_open(4, 8);
    check(set.iterative_size() == 1 && boost::icl::contains(set, 7) && !boost::icl::contains(set, 8));

    namespace x3 = boost::spirit::x3;
    std::vector<double> numbers;
    const std::string text = "1, 2.5 ,-3e2";
    check(x3::phrase_parse(text.begin(), text.end(), x3::double_ % ',', x3::space, numbers));
    check(numbers == std::vector<double>{1, 2.5, -300});

    std::vector<double> state{1};
    boost::numeric::odeint::integrate(
        [](const std::vector<double> &x, std::vector<double> &slope, double) { slope[0] = -x[0]; }, state, 0.0, 1.0,
        0.1);
    check(std::abs(state[0] - std::exp(-1)) < 1e-5);
}
