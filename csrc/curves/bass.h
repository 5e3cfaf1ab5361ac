// SPDX-License-Identifier: GPL-3.0-or-later
/* bass.h - the Bass share F(s) = p (1 - E) / (p + q E), E = exp(-(p + q) s), for the curves that are made of it.
 *
 * Included inside #ifdef CC_WIDTH, once for each width. s is the time since the launch; before it nobody has adopted.
 */

/* e^x and e^x - 1 from one polynomial: what v_exp and v_expm1 give. */
CC_INLINE V CC_W(both_exps)(V x, V *less_one)
{
    V bounded = CC_W(v_min)(CC_W(v_max)(x, CC_W(v_all)(-708.0)), CC_W(v_all)(710.0)), k;
    M bits;
    V core = CC_W(v_expm1_core)(CC_W(v_reduce)(bounded, &k, &bits));
    V half = CC_W(v_from_bits)((bits + 1022) << 52), fall = 2.0 * (half * core + (half - 0.5));
    *less_one = CC_W(v_select)(V_LT(CC_W(v_abs)(x), CC_W(v_all)(0x1p-60)), x, fall);
    return CC_W(v_from_bits)(CC_W(v_bits)((1.0 + core) * half * 2.0) & ~V_LT(x, CC_W(v_all)(-707.0)));
}

/* F at s, what it lacks of 1, and its derivatives, from E and 1 - E; `since`: s, or 0 before the launch. */
CC_INLINE V CC_W(bass_share_of)(V p, V q, V s, V since, V e, V rest, V *lacks, V *by_p, V *by_q, V *by_s)
{
    V zero = CC_W(v_all)(0.0), both = p + q;
    V over = 1.0 / (p + q * e), share = p * rest * over, held = since * e * (p + q * share), left = both * e * over;
    M live = V_LT(zero, s);
    *lacks = CC_W(v_select)(live, left, CC_W(v_all)(1.0));
    *by_p = (rest - share + held) * over;
    *by_q = (held - share * e) * over;
    *by_s = CC_W(v_select)(live, (p * both * over) * left, zero);
    return share;
}

/* F at s, what it lacks of 1, and its derivatives. */
CC_INLINE V CC_W(bass_share)(V p, V q, V s, V *lacks, V *by_p, V *by_q, V *by_s)
{
    V since = CC_W(v_max)(s, CC_W(v_all)(0.0));
    /* E and 1 - E each from the exponent: where q is much larger than p, the digits that 1 - E has lost count */
    V fall, e = CC_W(both_exps)(-(p + q) * since, &fall);
    return CC_W(bass_share_of)(p, q, s, since, e, -fall, lacks, by_p, by_q, by_s);
}

/* F at s alone. */
CC_INLINE V CC_W(bass_share_alone)(V p, V q, V s)
{
    V lacks, by_p, by_q, by_s;
    return CC_W(bass_share)(p, q, s, &lacks, &by_p, &by_q, &by_s);
}

/* F(to) - F(from) as one fraction, so that in the tail, where both are nearly 1, no digits are lost; and its derivatives. */
CC_INLINE V CC_W(bass_rise)(V p, V q, V from, V to, V *by_p, V *by_q, V *by_from, V *by_to)
{
    V zero = CC_W(v_all)(0.0), both = p + q;
    M live_from = V_LT(zero, from), live_to = V_LT(zero, to);
    V s0 = CC_W(v_max)(from, zero), s1 = CC_W(v_max)(to, zero), gap = s1 - s0, decay = -both * CC_W(v_abs)(gap);
    M back = V_LT(gap, zero);
    /* the larger of the two E comes out as a factor: the other way the rest could overflow */
    V less_one, first = CC_W(v_exp)(-both * CC_W(v_select)(back, s1, s0));
    V second = first * CC_W(both_exps)(decay, &less_one), size = -less_one * first;
    V fall = CC_W(v_select)(back, -size, size);
    V e0 = CC_W(v_select)(back, second, first), e1 = CC_W(v_select)(back, first, second);
    V over0 = 1.0 / (p + q * e0), over1 = 1.0 / (p + q * e1), unit = fall * over0 * over1, share = p * both * unit;
    V common = p * (unit + both * ((gap * e1 - s0 * fall) * over0 * over1));
    *by_p = both * unit + common - share * ((1.0 - q * s1 * e1) * over1 + (1.0 - q * s0 * e0) * over0);
    *by_q = common - share * (e1 * (1.0 - q * s1) * over1 + e0 * (1.0 - q * s0) * over0);
    *by_from = CC_W(v_select)(live_from, -(p * both * over0) * (both * e0 * over0), zero);
    *by_to = CC_W(v_select)(live_to, (p * both * over1) * (both * e1 * over1), zero);
    return share;
}
