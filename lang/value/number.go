package value

import (
	"math"
	"math/big"
	"strconv"

	"github.com/cockroachdb/apd/v3"

	"github.com/leat-dev/leat/lang/types"
)

// exact holds every intermediate result of two 38-digit decimals; ties round
// away from zero.
var exact = func() *apd.Context {
	c := apd.BaseContext.WithPrecision(120)
	c.Rounding = apd.RoundHalfUp
	c.Traps = 0
	return c
}()

// Arithmetic computes a op b for op one of + - * on two integers or two
// decimals, exactly. A result that does not fit an integer gives ok = false;
// decimals are fitted to a type by [FitDecimal].
func Arithmetic(op byte, a, b Value) (v Value, ok bool) {
	if a.kind == types.Int {
		x, y := big.NewInt(a.i), big.NewInt(b.i)
		switch op {
		case '+':
			x.Add(x, y)
		case '-':
			x.Sub(x, y)
		default:
			x.Mul(x, y)
		}
		return Int(x.Int64()), x.IsInt64()
	}
	out := new(apd.Decimal)
	switch op {
	case '+':
		_, _ = exact.Add(out, a.d, b.d)
	case '-':
		_, _ = exact.Sub(out, a.d, b.d)
	default:
		_, _ = exact.Mul(out, a.d, b.d)
	}
	return Decimal(out), true
}

// FitDecimal returns a number as decimal(p,s), rounding half away from zero.
// ok is false when the digits before the point do not fit.
func FitDecimal(v Value, t types.Type) (Value, bool) {
	p, s := types.AsDecimal(t)
	if v.kind == types.Float {
		return floatToDecimal(v.f, p, s)
	}
	out := new(apd.Decimal)
	if cond, err := exact.Quantize(out, v.Dec(), int32(-s)); err != nil || cond.InvalidOperation() {
		return Null, false
	}
	if out.IsZero() {
		out.Negative = false
	}
	return Decimal(out), fits(out, p)
}

func fits(d *apd.Decimal, p int) bool { return d.IsZero() || d.NumDigits() <= int64(p) }

// floatToDecimal multiplies by 10^s in floating point and rounds half away
// from zero, as engines do.
func floatToDecimal(f float64, p, s int) (Value, bool) {
	scaled := math.Round(f * pow10(s))
	if math.IsNaN(scaled) || math.Abs(scaled) >= pow10(p) {
		return Null, false
	}
	coeff, _ := big.NewFloat(scaled).Int(nil)
	var c apd.BigInt
	c.SetMathBigInt(coeff)
	return Decimal(apd.NewWithBigInt(&c, int32(-s))), true
}

// pow10 is the double nearest to a power of ten; math.Pow10 may be off by one
// place from 1e33 on.
func pow10(n int) float64 {
	f, _ := strconv.ParseFloat("1e"+strconv.Itoa(n), 64)
	return f
}

// ToFloat returns a number as the nearest double.
func ToFloat(v Value) Value {
	switch v.kind {
	case types.Float:
		return v
	case types.Int:
		return Float(float64(v.i))
	}
	f, err := v.d.Float64()
	if err != nil {
		return Float(math.NaN())
	}
	return Float(f)
}

// ToInt returns a decimal rounded half away from zero as an integer; ok is
// false when it does not fit.
func ToInt(v Value) (Value, bool) {
	if v.kind == types.Int {
		return v, true
	}
	whole, ok := FitDecimal(v, types.DecimalOf(38, 0))
	if !ok {
		return Null, false
	}
	i, err := whole.d.Int64()
	return Int(i), err == nil
}

// ParseDecimal reads digits with an optional sign and point, keeping every
// digit.
func ParseDecimal(text string) (Value, bool) {
	d, cond, err := apd.NewFromString(text)
	if err != nil || cond.Any() || d.Form != apd.Finite {
		return Null, false
	}
	if d.Exponent > 0 {
		if _, err := exact.Quantize(d, d, 0); err != nil {
			return Null, false
		}
	}
	return Decimal(d), true
}

// Whole is a way to drop the digits after the point.
type Whole uint8

// The ways.
const (
	Floor Whole = iota
	Ceil
	Trunc
)

// RoundDecimal returns a decimal without digits after the point.
func RoundDecimal(v Value, way Whole) Value {
	whole, fraction := new(apd.Decimal), new(apd.Decimal)
	v.d.Modf(whole, fraction)
	switch {
	case way == Floor && fraction.Sign() < 0:
		_, _ = exact.Sub(whole, whole, apd.New(1, 0))
	case way == Ceil && fraction.Sign() > 0:
		_, _ = exact.Add(whole, whole, apd.New(1, 0))
	}
	if whole.IsZero() {
		whole.Negative = false
	}
	return Decimal(whole)
}

// ZeroDecimal is the decimal 0.
var ZeroDecimal = Decimal(apd.New(0, 0))
