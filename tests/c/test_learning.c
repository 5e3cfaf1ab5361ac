// SPDX-License-Identifier: GPL-3.0-or-later
/* test_learning.c - sums of powers, experience from before a series, Wright's law in differences. */
#include "check.h"
#include "curvecast.h"

static void test_sums(void)
{
    static const double powers[] = {-30, -3, -1, -0.3, 0, 0.5, 2};
    for (int k = 0; k < 7; k++)
        for (double from = 1; from < 3000; from = 2 * from + 1)
            for (double to = from; to < 6000; to = 3 * to + 2) {
                long double sum = 0;
                for (double i = to; i >= from; i--) sum += powl(i, powers[k]);
                CHECK(close_to(cc_sum_of_powers(from, to, powers[k]), (double)sum, 2e-14),
                      "sum of i^%g from %g to %g: %.17g, should be %.17Lg", powers[k], from, to,
                      cc_sum_of_powers(from, to, powers[k]), sum);
            }
    CHECK(isnan(cc_sum_of_powers(0, 5, -1)) && isnan(cc_sum_of_powers(3, 2, -1)) &&
              isnan(cc_sum_of_powers(1.5, 3, -1)) && isnan(cc_sum_of_powers(1, NAN, -1)) &&
              isnan(cc_sum_of_powers(1, INFINITY, -1)) && isnan(cc_sum_of_powers(1, 5, NAN)),
          "what is no sum has one");
    CHECK(close_to(cc_integral_of_powers(0.5, 7.5, -1), log(15), 1e-15), "the integral of 1/x is a logarithm");
    CHECK(close_to(cc_integral_of_powers(0.5, 7.5, 2), (421.875 - 0.125) / 3, 1e-15), "the integral of x^2");
    CHECK(isnan(cc_integral_of_powers(0, 1, -0.5)), "an integral from 0");
}

static void test_initial(void)
{
    static const double time[] = {2003, 2000, NAN, 2001}, output[] = {10.648, 8, 3, INFINITY}, falling[] = {4, 8, 3, 5};
    CHECK(close_to(cc_initial_experience(time, output, 4), 80, 1e-12), "10 %% growth from 8: %.12g",
          cc_initial_experience(time, output, 4));
    CHECK(isnan(cc_initial_experience(time, falling, 4)) && isnan(cc_initial_experience(time, output, 0)) &&
              isnan(cc_initial_experience(time + 1, output + 1, 1)),
          "a guess where output does not grow");
}

static void test_differences(void)
{
    static const double x[] = {0.1, 0.3, 0.2}, y[] = {-0.04, -0.1, -0.09};
    cc_difference found;
    CHECK(cc_difference_fit(x, y, 3, 0, &found) == CC_OK, "no fit");
    CHECK(close_to(found.exponent, 0.052 / 0.14, 1e-14), "exponent %.17g", found.exponent);
    double squares = 0.0016 + 0.01 + 0.0081 - 0.052 * 0.052 / 0.14;
    CHECK(close_to(found.s * found.s, squares / 2, 1e-12), "variance %.17g", found.s * found.s);
    CHECK(close_to(found.stderr_of, found.s / sqrt(0.14), 1e-14), "standard error %.17g", found.stderr_of);
    CHECK(cc_difference_fit(x, y, 3, NAN, &found) == CC_OK && found.ma >= -1 && found.ma <= 1, "no likeliest");
    static const double none[] = {0, 0, 0}, bad[] = {0.1, NAN, 0.2};
    CHECK(cc_difference_fit(x, y, 1, 0, &found) == CC_TOO_FEW && isnan(found.exponent), "one change is too few");
    CHECK(cc_difference_fit(none, y, 3, 0, &found) == CC_CONSTANT_REGRESSOR, "experience that does not change");
    CHECK(cc_difference_fit(bad, y, 3, 0, &found) == CC_NONFINITE, "a change that is not finite");
    CHECK(cc_difference_fit(x, y, 3, 1.5, &found) == CC_BAD_OPTION, "a moving average above 1");
}

int main(void)
{
    test_sums();
    test_initial();
    test_differences();
    return check_end();
}
