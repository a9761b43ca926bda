package ir

import "github.com/leat-dev/leat/lang/diag"

// Share is a share of the ids, in percent. Set is false where the user gives
// none, and where it makes no difference.
type Share struct {
	Set     bool
	Percent float64
}

// Membership says which rows may not be sent, and which are held, frozen as
// they are. Whether an id is held depends on the id, the activation's name and the percentage
// alone; a higher percentage only ever adds ids.
type Membership struct {
	Consent *Consent // nil: none is asked for
	Rollout Share    // ids outside are held
	Holdout Share    // ids inside are held
}

// Consent says whose rows may be sent: those that rows of another relation
// match, all of which allow it.
type Consent struct {
	Source Source      // where consent is kept
	Range  diag.Range  // of its reference
	Match  []MatchPair // all must be equal; never empty
	Allow  Expr        // over a row of Source; null is false
	// Withdrawn is what happens to a record whose consent is gone.
	Withdrawn OnRemoved
}

// MatchPair is one equality between the two relations, in one type. A null
// equals nothing.
type MatchPair struct {
	Consent Expr // over a row of the relation that consent is kept in
	Row     Expr // over a row of the activation's source
}
