package function

import (
	"crypto/hmac"
	"crypto/md5"  //nolint:gosec // offered for systems that match records by it, not for secrecy
	"crypto/sha1" //nolint:gosec // likewise
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"

	"github.com/leat-dev/leat/lang/types"
	"github.com/leat-dev/leat/lang/value"
)

func hashFunctions() []Func {
	return []Func{
		{Name: "sha256", Group: "Hashing", Nulls: Strict, Labels: Hashed, Params: []Param{text("text")}, Result: returns(types.StringOf(64)),
			Summary: "SHA-256 of the UTF-8 text, as 64 lower-case hexadecimal digits. Destinations that match people by hash say how the text has to be normalised first: clean_email, phone_e164, lower(trim(x)).",
			Eval: onText(func(s string) string {
				h := sha256.Sum256([]byte(s))
				return hex.EncodeToString(h[:])
			}),
			DuckDB: sql("sha256($1)"), Postgres: sql("encode(sha256(convert_to($1, 'UTF8')), 'hex')"),
			Examples: []Example{{`sha256("abc")`, `"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"`}}},
		{Name: "hmac_sha256", Group: "Hashing", Nulls: Strict, Labels: Hashed, Params: []Param{text("text"), {Name: "key", Accept: []types.Kind{types.String}, Secret: true}}, Result: returns(types.StringOf(64)),
			Summary: "HMAC of the UTF-8 text with SHA-256 and a secret key, as 64 lower-case hexadecimal digits: a hash that nobody can match with a list of guesses who has not the key. " +
				"The key is env(\"NAME\"), an environment variable of the run; plans know its name only. In tests, and in these examples, the key is the name itself.",
			Eval: func(_ Call, a []value.Value) (value.Value, bool) {
				mac := hmac.New(sha256.New, []byte(a[1].Str()))
				mac.Write([]byte(a[0].Str()))
				return value.String(hex.EncodeToString(mac.Sum(nil))), true
			},
			DuckDB:   sql("sha256(struct_extract($2, 'outer') || unhex(sha256(struct_extract($2, 'inner') || encode($1))))"),
			Examples: []Example{{`hmac_sha256("abc", env("PEPPER"))`, `"112325c922dd4b471f93f36242614c427c3928c55fdc0137d234d8f430c6b16d"`}, {`hmac_sha256(null, env("PEPPER"))`, "null"}}},
		{Name: "sha1", Group: "Hashing", Nulls: Strict, Labels: Hashed, Params: []Param{text("text")}, Result: returns(types.StringOf(40)),
			Summary: "SHA-1 of the UTF-8 text, as 40 lower-case hexadecimal digits, for systems that match records by it. It protects nothing: use sha256 where there is a choice.",
			Eval: onText(func(s string) string {
				h := sha1.Sum([]byte(s)) //nolint:gosec // see the import
				return hex.EncodeToString(h[:])
			}),
			DuckDB: sql("sha1($1)"), Examples: []Example{{`sha1("abc")`, `"a9993e364706816aba3e25717850c26c9cd0d89d"`}}},
		{Name: "md5", Group: "Hashing", Nulls: Strict, Labels: Hashed, Params: []Param{text("text")}, Result: returns(types.StringOf(32)),
			Summary: "MD5 of the UTF-8 text, as 32 lower-case hexadecimal digits, for systems that match records by it. It protects nothing: use sha256 where there is a choice.",
			Eval: onText(func(s string) string {
				h := md5.Sum([]byte(s)) //nolint:gosec // see the import
				return hex.EncodeToString(h[:])
			}),
			DuckDB: sql("md5($1)"), Postgres: sql("md5(convert_to($1, 'UTF8'))"), Examples: []Example{{`md5("abc")`, `"900150983cd24fb0d6963f7d28e17f72"`}}},
		{Name: "base64", Group: "Hashing", Nulls: Strict, Labels: Union, Params: []Param{text("text")}, Result: returns(types.StringType),
			Summary: "The UTF-8 text in base64 with padding, on one line. It hides nothing, so labels stay as they are.",
			Eval:    onText(func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }),
			DuckDB:  sql("base64(encode($1))"), Postgres: sql("translate(encode(convert_to($1, 'UTF8'), 'base64'), chr(10), '')"),
			Examples: []Example{{`base64("é")`, `"w6k="`}, {`base64("")`, `""`}}},
		{Name: "hex", Group: "Hashing", Nulls: Strict, Labels: Union, Params: []Param{text("text")}, Result: returns(types.StringType),
			Summary: "The bytes of the UTF-8 text as lower-case hexadecimal digits. It hides nothing, so labels stay as they are.",
			Eval:    onText(func(s string) string { return hex.EncodeToString([]byte(s)) }),
			DuckDB:  sql("lower(hex(encode($1)))"), Postgres: sql("encode(convert_to($1, 'UTF8'), 'hex')"),
			Examples: []Example{{`hex("é")`, `"c3a9"`}}},
	}
}
