package journal

import (
	"errors"
	"iter"
)

// Row is the last answer about one row.
type Row struct {
	Row       int64 // of the change set
	Outcome   Outcome
	ID        string // destination id, "" where not known
	Resent    bool
	Rejection *Rejection // set when Outcome is Rejected
}

// errDamaged stands for diagnostics where only an error fits; Open and Read
// have returned them by then.
var errDamaged = errors.New("outcomes file is damaged")

// Rows yields the last answer about every row of an activation that has one,
// each row once, but for those whose last answer took earlier ones back
// (Retry). rows is the length of the activation's change set. The order is
// that of the answers. It reads the file twice and keeps four bytes a row.
func Rows(fsys FS, dir string, activation int, rows int64) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		winner := make([]int32, rows) // by row: 1 + index of the answer that counts
		var index int32
		err := each(fsys, dir, func(a Answer) error {
			index++
			if a.Activation != activation {
				return nil
			}
			if a.To > rows {
				return errBad
			}
			for row := a.From; row < a.To; row++ {
				winner[row] = index
			}
			return nil
		})
		if err != nil {
			yield(Row{}, err)
			return
		}
		index = 0
		stop := errors.New("stop")
		err = each(fsys, dir, func(a Answer) error {
			index++
			if a.Activation == activation && !a.rows(winner, index, yield) {
				return stop
			}
			return nil
		})
		if err != nil && !errors.Is(err, stop) {
			yield(Row{}, err)
		}
	}
}

func each(fsys FS, dir string, f func(Answer) error) error {
	_, diags, err := Answers(fsys, dir, f)
	if err == nil && diags.HasErrors() {
		return errDamaged
	}
	return err
}

func (a *Answer) rows(winner []int32, index int32, yield func(Row, error) bool) bool {
	next := 0
	for i, code := range a.Outcomes {
		row := a.From + int64(i)
		for next < len(a.Rejections) && a.Rejections[next].Row < row {
			next++
		}
		o := Outcome(code)
		if winner[row] != index || !(o.Lasting() || o == Unknown) {
			continue
		}
		r := Row{Row: row, Outcome: o, Resent: a.Resent}
		if len(a.IDs) > 0 {
			r.ID = a.IDs[i]
		}
		if o == Rejected && next < len(a.Rejections) && a.Rejections[next].Row == row {
			r.Rejection = &a.Rejections[next]
		}
		if !yield(r, nil) {
			return false
		}
	}
	return true
}
