// SPDX-License-Identifier: GPL-3.0-or-later
/* powers.c - sums of powers of whole numbers: what a block of units costs. */
#include <math.h>

#include "curvecast.h"

/* Terms that are added one by one before the rest is left to Euler and Maclaurin, whose error falls with the square of these. */
static const double ONE_BY_ONE = 40;

double cc_integral_of_powers(double from, double to, double power)
{
    if (!(from > 0) || !(to > 0)) return NAN;
    double span = log(to / from), above = power + 1;
    /* (to^above - from^above)/above, also where above is 0 */
    return fabs(above * span) < 1e-300 ? span : pow(from, above) * expm1(above * span) / above;
}

/* The sum over whole numbers from a to b, both large: the integral, the mean of the ends, and corrections by odd derivatives. */
static double euler_maclaurin(double a, double b, double power)
{
    /* Bernoulli's numbers B(2k) over (2k)! */
    static const double weight[] = {1.0 / 12,       -1.0 / 720,     1.0 / 30240,
                                    -1.0 / 1209600, 1.0 / 47900160, -691.0 / 1307674368000.0};
    double low = pow(a, power), high = pow(b, power), sum = cc_integral_of_powers(a, b, power) + (low + high) / 2;
    /* derivatives of odd order at the ends: power (power - 1) ... times x^(power - order) */
    double at_low = low * power / a, at_high = high * power / b;
    for (int k = 0; k < (int)(sizeof weight / sizeof *weight); k++) {
        sum += weight[k] * (at_high - at_low);
        double next = (power - 2 * k - 1) * (power - 2 * k - 2);
        at_low *= next / (a * a);
        at_high *= next / (b * b);
    }
    return sum;
}

double cc_sum_of_powers(double from, double to, double power)
{
    if (!(from >= 1 && to >= from && to < 0x1p53) || from != floor(from) || to != floor(to) || !isfinite(power))
        return NAN;
    double begin = fmax(from, ONE_BY_ONE + 4 * ceil(fabs(power))), sum = 0;
    /* from small numbers up, so the rest is added to what is large last where powers fall, and first where they rise */
    for (double i = fmin(begin - 1, to); i >= from; i--) sum += pow(i, power);
    return to < begin ? sum : sum + euler_maclaurin(begin, to, power);
}
