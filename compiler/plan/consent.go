package plan

// ConsentRows is the guard that stops a run where the relation of consent has
// no row that could match.
const ConsentRows = "consent.rows"

// Consenting evaluates it. Its value is the number of match keys.
func Consenting(c *Consent) []Guard {
	if c == nil {
		return nil
	}
	return []Guard{{Name: ConsentRows, Limit: "1", Value: c.Keys, Tripped: c.Keys == 0}}
}
