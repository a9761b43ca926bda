//go:build duckdb_arrow

package difftest_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/leat-dev/leat/runtime/duck"
)

type duckValue = duck.Value

// generator writes well-typed expressions as text. Each method yields one of
// its kind, at most depth deep.
type generator struct{ rng *rand.Rand }

func (g *generator) any(depth int) string {
	return pick(g.rng, g.text, g.int, g.decimal, g.float, g.bool, g.date, g.timestamp, g.instant)(depth)
}

func (g *generator) form(forms ...func() string) string { return pick(g.rng, forms...)() }

func (g *generator) infix(of func(int) string, d int, ops ...string) func() string {
	return func() string { return "(" + of(d-1) + " " + pick(g.rng, ops...) + " " + of(d-1) + ")" }
}

func (g *generator) choose(of func(int) string, d int) func() string {
	return func() string { return "(" + g.bool(d-1) + " ? " + of(d-1) + " : " + of(d-1) + ")" }
}

func (g *generator) combine(of func(int) string, d int, names ...string) func() string {
	return func() string { return pick(g.rng, names...) + "(" + of(d-1) + ", " + of(d-1) + ")" }
}

func (g *generator) text(d int) string {
	if d <= 0 {
		return pick(g.rng, "row.s", "row.t", "row.n", "row.color", "row.u", g.hclText())
	}
	n := strconv.Itoa(g.rng.IntN(6))
	one := strconv.Itoa(1 + g.rng.IntN(6))
	return g.form(
		func() string {
			return pick(g.rng, "lower", "upper", "trim", "ltrim", "rtrim", "sha256", "md5") + "(" + g.text(d-1) + ")"
		},
		func() string { return pick(g.rng, "left", "right") + "(" + g.text(d-1) + ", " + n + ")" },
		func() string { return "substr(" + g.text(d-1) + ", " + one + pick(g.rng, "", ", "+n) + ")" },
		func() string {
			return pick(g.rng, "lpad", "rpad") + "(" + g.text(d-1) + ", " + one + `, "` + pick(g.rng, "0", "xy", "é") + `")`
		},
		func() string { return "replace(" + g.text(d-1) + ", " + g.text(0) + ", " + g.text(0) + ")" },
		func() string {
			return "split_part(" + g.text(d-1) + ", " + pick(g.rng, `" "`, `"@"`, `"."`, `"é"`) + ", " + one + ")"
		},
		func() string { return `"${` + g.any(d-1) + `}-${` + g.any(d-1) + `}"` },
		func() string { return "string(" + g.any(d-1) + ")" },
		func() string { return "string(row.tm)" },
		func() string {
			return "format_date(" + pick(g.rng, g.date, g.timestamp)(0) + `, "%d/%m/%Y %H:%M:%S %%")`
		},
		g.combine(g.text, d, "concat", "coalesce", "nullif", "least", "greatest"), g.choose(g.text, d),
	)
}

func (g *generator) hclText() string {
	return strings.ReplaceAll(strings.ReplaceAll(`"`+strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\t", `\t`).Replace(pick(g.rng, words...))+`"`, "${", "$${"), "%{", "%%{")
}

func (g *generator) int(d int) string {
	if d <= 0 {
		return pick(g.rng, "row.i", "row.j", "row.small", "0", "3", "-1", "9223372036854775807")
	}
	return g.form(
		g.infix(g.int, d, "+", "-", "*", "%"), func() string { return "-(" + g.int(d-1) + ")" }, g.choose(g.int, d),
		g.combine(g.int, d, "coalesce", "nullif", "least", "greatest"),
		func() string { return pick(g.rng, "abs", "sign", "round", "floor") + "(" + g.int(d-1) + ")" },
		func() string { return "sign(" + pick(g.rng, g.decimal, g.float)(d-1) + ")" },
		func() string { return "length(" + g.text(d-1) + ")" },
		func() string { return pick(g.rng, "int", "try_int") + "(" + pick(g.rng, "row.n", g.text(d-1)) + ")" },
		func() string {
			return pick(g.rng, "year", "month", "day", "day_of_week") + "(" + pick(g.rng, g.date, g.timestamp)(d-1) + ")"
		},
		func() string {
			return `date_diff("` + pick(g.rng, "day", "month", "year") + `", ` + g.date(d-1) + ", " + g.date(d-1) + ")"
		},
	)
}

func (g *generator) decimal(d int) string {
	if d <= 0 {
		return pick(g.rng, "row.d", "row.e", "row.g", "1.5", "-0.05", "123456789.123456789")
	}
	return g.form(
		g.infix(g.decimal, 1, "+", "-", "*"),
		func() string { return "(" + g.decimal(d-1) + " " + pick(g.rng, "+", "-") + " " + g.decimal(0) + ")" },
		func() string { return "(row.d * " + g.int(d-1) + ")" },
		func() string { return "-(" + g.decimal(d-1) + ")" }, g.choose(g.decimal, d),
		g.combine(g.decimal, d, "coalesce", "nullif", "least", "greatest"),
		func() string { return "coalesce(" + g.int(d-1) + ", " + g.decimal(d-1) + ")" },
		func() string {
			return pick(g.rng, "abs", "round", "floor", "ceil", "trunc") + "(" + g.decimal(d-1) + ")"
		},
		func() string { return pick(g.rng, "round", "floor", "ceil", "trunc") + "(" + g.float(d-1) + ")" },
		func() string {
			return "round(" + pick(g.rng, g.decimal, g.float)(d-1) + ", " + strconv.Itoa(g.rng.IntN(5)) + ")"
		},
		func() string {
			p := 1 + g.rng.IntN(38)
			return fmt.Sprintf("%s(%s, %d, %d)", pick(g.rng, "decimal", "try_decimal"), pick(g.rng, func(int) string { return "row.n" }, g.text, g.int, g.decimal)(d-1), p, g.rng.IntN(p))
		},
		func() string {
			return fmt.Sprintf("%s(%s, %d, %d)", pick(g.rng, "decimal", "try_decimal"), g.float(d-1), 19+g.rng.IntN(20), g.rng.IntN(19))
		},
	)
}

func (g *generator) float(d int) string {
	if d <= 0 {
		return pick(g.rng, "row.f", "row.h", `float("0.1")`)
	}
	return g.form(
		g.infix(g.float, d, "+", "-", "*"),
		func() string { return "(" + g.number(d-1) + " / " + g.number(d-1) + ")" },
		func() string { return "(" + g.number(d-1) + " " + pick(g.rng, "+", "-", "*") + " row.f)" },
		func() string { return "-(" + g.float(d-1) + ")" }, g.choose(g.float, d),
		func() string { return "abs(" + g.float(d-1) + ")" },
		g.combine(g.float, d, "coalesce", "nullif", "least", "greatest"),
		func() string { return "float(" + g.number(d-1) + ")" },
		func() string {
			return pick(g.rng, "float", "try_float") + "(" + pick(g.rng, "row.n", g.text(d-1)) + ")"
		},
	)
}

func (g *generator) number(d int) string { return pick(g.rng, g.int, g.decimal, g.float)(d) }

func (g *generator) bool(d int) string {
	if d <= 0 {
		return pick(g.rng, "row.b", "row.c", "true", "false")
	}
	compare := []string{"==", "!=", "<", "<=", ">", ">="}
	return g.form(
		g.infix(g.bool, d, "&&", "||", "==", "!="), func() string { return "!" + g.bool(d-1) },
		func() string { return "(" + g.number(d-1) + " " + pick(g.rng, compare...) + " " + g.number(d-1) + ")" },
		g.infix(g.text, d, compare...), g.infix(g.date, d, compare...), g.infix(g.timestamp, d, compare...), g.infix(g.instant, d, compare...),
		func() string { return "(" + g.date(d-1) + " " + pick(g.rng, compare...) + " " + g.timestamp(d-1) + ")" },
		func() string { return "(" + g.any(d-1) + " " + pick(g.rng, "==", "!=") + " null)" },
		func() string {
			return pick(g.rng, "starts_with", "ends_with", "contains") + "(" + g.text(d-1) + ", " + g.text(0) + ")"
		},
		func() string { return "one_of(" + g.text(d-1) + ", " + g.text(0) + ", " + g.text(0) + ")" },
		func() string { return pick(g.rng, "bool", "try_bool") + "(" + g.text(d-1) + ")" },
		g.combine(g.bool, d, "coalesce"), g.choose(g.bool, d),
	)
}

func (g *generator) date(d int) string {
	if d <= 0 {
		return pick(g.rng, "row.day", "row.eve", `date("2024-02-29")`)
	}
	return g.form(
		func() string {
			return `date_add("` + pick(g.rng, "day", "week", "month", "year") + `", row.small, ` + g.date(d-1) + ")"
		},
		func() string {
			return `date_trunc("` + pick(g.rng, "day", "week", "month", "quarter", "year") + `", ` + g.date(d-1) + ")"
		},
		func() string {
			return pick(g.rng, "date", "try_date") + "(" + pick(g.rng, g.text, g.timestamp)(d-1) + ")"
		},
		g.combine(g.date, d, "coalesce", "nullif", "least", "greatest"), g.choose(g.date, d),
	)
}

func (g *generator) timestamp(d int) string {
	if d <= 0 {
		return pick(g.rng, "row.ts", `timestamp("2024-02-29 12:34:56.789")`)
	}
	return g.form(
		func() string {
			return `date_add("` + pick(g.rng, "day", "week", "month", "year") + `", row.small, ` + g.timestamp(d-1) + ")"
		},
		func() string {
			return `date_trunc("` + pick(g.rng, "second", "minute", "hour", "day", "week", "month", "quarter", "year") + `", ` + g.timestamp(d-1) + ")"
		},
		func() string {
			return pick(g.rng, "timestamp", "try_timestamp") + "(" + pick(g.rng, g.text, g.date)(d-1) + ")"
		},
		func() string {
			return "timestamp(" + g.instant(d-1) + `, "` + pick(g.rng, "UTC", "+02:00", "-11:30") + `")`
		},
		g.combine(g.timestamp, d, "coalesce", "nullif", "least", "greatest"), g.choose(g.timestamp, d),
	)
}

func (g *generator) instant(d int) string {
	if d <= 0 {
		return pick(g.rng, "row.tz", `timestamptz("2024-02-29 12:34:56+01:00")`)
	}
	return g.form(
		func() string {
			return "timestamptz(" + g.timestamp(d-1) + `, "` + pick(g.rng, "UTC", "+02:00", "-11:30") + `")`
		},
		func() string { return "timestamptz(" + g.text(d-1) + ")" },
		g.combine(g.instant, d, "coalesce", "nullif", "least", "greatest"), g.choose(g.instant, d),
	)
}
