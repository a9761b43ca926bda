//go:build duckdb_arrow

package difftest_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

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
		g.moreText(d),
	)
}

// moreText has the functions that normalise and take apart.
func (g *generator) moreText(d int) func() string {
	inner := pick(g.rng, g.text, func(int) string { return "row.contact" })(d - 1)
	return func() string {
		return g.form(
			func() string {
				return "hmac_sha256(" + inner + `, env("` + strings.ReplaceAll(pick(g.rng, keys...), `"`, `\"`) + `"))`
			},
			func() string {
				return pick(g.rng, "initcap", "reverse", "strip_accents", "nfc", "digits", "collapse_spaces", "null_if_blank", "sha1", "base64", "hex", "url_encode", "clean_email",
					"email_domain", "email_local", "phone_e164", "url_host", "url_path", "url_without_query") + "(" + inner + ")"
			},
			func() string { return "repeat(" + inner + ", " + strconv.Itoa(g.rng.IntN(4)) + ")" },
			func() string {
				return "translate(" + inner + `, "aé1 ", "` + pick(g.rng, "", "x", "é12-", "xyzzy") + `")`
			},
			func() string {
				return pick(g.rng, "strip_prefix", "strip_suffix") + "(" + inner + `, "` + pick(g.rng, "a", "x", "é", ".io", "y") + `")`
			},
			func() string {
				return `concat_ws("` + pick(g.rng, "", "; ") + `", ` + inner + ", " + g.text(0) + ", null)"
			},
			func() string {
				return "regex_replace(" + inner + ", " + g.regex() + `, "` + pick(g.rng, "", "<$0>", "$1$1", "$$\\\\-") + `")`
			},
			func() string { return "regex_extract(" + inner + ", " + g.regex() + pick(g.rng, "", ", 1") + ")" },
			func() string { return "phone_e164(" + inner + pick(g.rng, `, "+49", "0")`, `, "+1", "")`) },
			func() string { return "url_param(" + inner + `, "` + pick(g.rng, "gclid", "a", "a.b") + `")` },
			func() string { return "first_present(" + inner + ", " + g.text(0) + ")" },
			func() string {
				return "recode(" + inner + `, "a", "b", ` + g.text(0) + ", " + g.text(0) + pick(g.rng, "", ", row.t") + ")"
			},
			func() string { return "json_value(row." + pick(g.rng, "doc", "raw") + ", " + g.path() + ")" },
			func() string { return "join(" + g.list(d-1) + `, "` + pick(g.rng, "", ", ") + `")` },
			func() string { return "element_at(" + g.list(d-1) + ", " + strconv.Itoa(1+g.rng.IntN(3)) + ")" },
			func() string { return "iso8601(" + g.instant(d-1) + ")" },
		)
	}
}

func (g *generator) regex() string {
	return pick(g.rng, `"([a-z]+)"`, `"(b*)"`, `"^(\\s*)"`, `"(.)$"`, `"(?i)(A|b+?)"`, `"([0-9]+)[.-]?"`, `"(é|x?)"`, `"(\\w)\\b"`, `"(?s)(.*)"`)
}

func (g *generator) path() string { return pick(g.rng, `"a"`, `"b[1]"`, `"a.b"`, `"b[0].a"`, `"[0]"`) }

func (g *generator) list(d int) string {
	if d <= 0 {
		return pick(g.rng, "row.tags", `list(row.s, "a", row.t)`)
	}
	return g.form(
		func() string { return "split(" + g.text(d-1) + ", " + pick(g.rng, `" "`, `"@"`, `"."`, `"é"`) + ")" },
		func() string { return "list_unique(" + g.list(d-1) + ")" },
		func() string { return "list(" + g.text(d-1) + ", " + g.text(0) + ", null)" },
		func() string { return "coalesce(" + g.list(d-1) + ", " + g.list(0) + ")" }, g.choose(g.list, d),
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
		func() string { return "position(" + g.text(d-1) + ", " + g.text(0) + ")" },
		func() string { return pick(g.rng, "mod", "div") + "(" + g.int(d-1) + ", " + g.int(d-1) + ")" },
		func() string { return "clamp(" + g.int(d-1) + ", -5, " + g.int(0) + ")" },
		func() string { return "bucket(" + pick(g.rng, g.int, g.decimal, g.float)(d-1) + ", -1, row.d, 100)" },
		func() string { return "bucket(" + g.text(d-1) + `, "a", row.t)` },
		func() string {
			return fmt.Sprintf("width_bucket(%s, %d, 10.5, %d)", g.number(d-1), -g.rng.IntN(100), 1+g.rng.IntN(9))
		},
		func() string { return pick(g.rng, "hour", "minute", "second") + "(" + g.timestamp(d-1) + ")" },
		func() string {
			return pick(g.rng, "quarter", "day_of_year", "iso_week", "iso_year") + "(" + pick(g.rng, g.date, g.timestamp)(d-1) + ")"
		},
		func() string { return pick(g.rng, "epoch_seconds", "epoch_millis") + "(" + g.instant(d-1) + ")" },
		func() string { return "full_years(" + g.date(d-1) + ", " + g.date(d-1) + ")" },
		func() string {
			return "recode(" + pick(g.rng, g.text, g.int, g.bool)(d-1) + ", null, 1, null, row.i, row.j)"
		},
		func() string { return "count_present(" + g.any(d-1) + ", " + g.any(d-1) + ")" },
		func() string {
			return pick(g.rng, "json_length(row.doc", "json_length(row.raw") + pick(g.rng, "", ", "+g.path()) + ")"
		},
		func() string { return "list_length(" + g.list(d-1) + ")" },
		func() string { return pick(g.rng, "int", "try_int") + "(" + pick(g.rng, "row.n", g.text(d-1)) + ")" },
		func() string {
			return pick(g.rng, "year", "month", "day", "day_of_week") + "(" + pick(g.rng, g.date, g.timestamp)(d-1) + ")"
		},
		func() string {
			return `date_diff("` + pick(g.rng, "day", "week", "month", "quarter", "year") + `", ` + pick(g.rng, g.date, g.timestamp)(d-1) + ", " + g.date(d-1) + ")"
		},
		func() string {
			return `date_diff("` + pick(g.rng, "second", "minute", "hour", "day", "week", "year") + `", ` + g.timestamp(d-1) + ", " + g.timestamp(d-1) + ")"
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
		func() string {
			return "mod(" + pick(g.rng, "row.d", "row.g", "1.5") + ", " + pick(g.rng, "row.d", "row.g", "0.07", "3") + ")"
		},
		func() string { return "clamp(" + g.decimal(d-1) + ", 0, " + g.decimal(0) + ")" },
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
		func() string { return pick(g.rng, "abs", "finite", "sqrt") + "(" + g.float(d-1) + ")" },
		func() string { return "sqrt(" + g.number(d-1) + ")" },
		func() string { return "mod(" + g.float(d-1) + ", " + g.number(d-1) + ")" },
		func() string { return "clamp(" + g.float(d-1) + ", row.h, 100)" },
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
		func() string {
			return pick(g.rng, "is_email", "is_blank") + "(" + pick(g.rng, "row.contact", g.text(d-1)) + ")"
		},
		func() string { return "is_true(" + g.bool(d-1) + ")" },
		func() string { return "same(" + g.number(d-1) + ", " + g.number(d-1) + ")" },
		g.combine(g.text, d, "same"), g.combine(g.date, d, "same"),
		func() string { return "regex_match(" + g.text(d-1) + ", " + g.regex() + ")" },
		func() string { return "json_exists(row." + pick(g.rng, "doc", "raw") + ", " + g.path() + ")" },
		func() string { return "list_contains(" + g.list(d-1) + ", " + g.text(0) + ")" },
		func() string {
			of := pick(g.rng, g.number, g.text, g.date, g.instant)
			return "between(" + of(d-1) + ", " + of(0) + ", " + of(d-1) + ")"
		},
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
		func() string { return "last_day(" + pick(g.rng, g.date, g.timestamp)(d-1) + ")" },
		func() string { return "make_date(2000 + row.small, abs(row.small) % 14, abs(row.small))" },
		func() string {
			return pick(g.rng, "parse_date", "try_parse_date") + "(" + g.text(d-1) + `, "%Y-%m-%d")`
		},
		func() string { return `parse_date(format_date(` + g.date(0) + `, "%d.%m.%Y"), "%d.%m.%Y")` },
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
			return `try_parse_timestamp(format_date(` + g.timestamp(0) + `, "%M:%d/%m/%Y %H"), "%M:%d/%m/%Y %H")`
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
		func() string { return pick(g.rng, "from_epoch_seconds", "from_epoch_millis") + "(" + g.int(d-1) + ")" },
		g.combine(g.instant, d, "coalesce", "nullif", "least", "greatest"), g.choose(g.instant, d),
	)
}
