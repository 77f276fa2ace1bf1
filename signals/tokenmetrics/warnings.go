package tokenmetrics

import (
	"fmt"
	"slices"
)

// warnings are told once for each field and reason, with the number of rows.
type warnings struct {
	list  []warning
	index map[string]int
	more  int
}

type warning struct {
	row         int // the first one, from 1; 0: about the answer
	field, text string
	count       int
}

// mostWarnings are kept of one answer.
const mostWarnings = 20

func (w *warnings) add(row int, field string, err error) {
	key := field + "\x00" + err.Error()
	if i, ok := w.index[key]; ok {
		w.list[i].count++
		return
	}
	if len(w.list) == mostWarnings {
		w.more++
		return
	}
	if w.index == nil {
		w.index = map[string]int{}
	}
	w.index[key] = len(w.list)
	w.list = append(w.list, warning{row, field, err.Error(), 1})
}

// texts prints them.
func (w *warnings) texts() []string {
	var list []string
	for _, x := range w.list {
		text := x.text
		if x.field != "" {
			text = x.field + ": " + text
		}
		if x.row > 0 {
			text = fmt.Sprintf("row %d: %s", x.row, text)
		}
		if x.count > 1 {
			text += fmt.Sprintf(" (and %d more rows)", x.count-1)
		}
		list = append(list, text)
	}
	if w.more > 0 {
		list = append(list, fmt.Sprintf("and %d more", w.more))
	}
	return slices.Clip(list)
}
