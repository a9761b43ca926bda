package ir

// Share is a share of the ids, in percent. Set is false where the user gives
// none, and where it makes no difference.
type Share struct {
	Set     bool
	Percent float64
}

// Membership says which rows are held, frozen as they are. Whether an id
// is among them depends on the id, the activation's name and the percentage
// alone; a higher percentage only ever adds ids.
type Membership struct {
	Rollout Share // ids outside are held
	Holdout Share // ids inside are held
}
