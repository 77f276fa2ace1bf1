package tokenmetrics

import (
	"errors"
	"fmt"
	"strings"

	"github.com/signalman-trading/signalman/signals"
)

// left is what is left out of answers that are good but for that.
type left struct {
	list []error
	more int
}

// mostLeft bounds what a fault lists.
const mostLeft = 8

func (l *left) add(err error) {
	if len(l.list) == mostLeft {
		l.more++
		return
	}
	l.list = append(l.list, err)
}

// andMore says how many rows are like the one that is named.
func andMore(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" (and %d more)", n)
}

// errPartly marks faults of a part of an answer.
var errPartly = errors.New("some of it is left out")

// fault makes a fault of all; nil where nothing is left out.
func (l *left) fault(e *endpoint) error {
	if len(l.list) == 0 {
		return nil
	}
	var texts []string
	for _, err := range l.list {
		texts = append(texts, err.Error())
	}
	if l.more > 0 {
		texts = append(texts, fmt.Sprintf("and %d more", l.more))
	}
	return &signals.Fault{Kind: signals.ErrMalformed, Endpoint: e.path, Err: fmt.Errorf("%w: %s", errPartly, strings.Join(texts, "; ")),
		Hint: "the rest is kept"}
}

// alone returns the only error of several joined ones, where there is one.
func alone(err error) error {
	if list, ok := err.(interface{ Unwrap() []error }); ok && len(list.Unwrap()) == 1 {
		if _, fault := err.(*signals.Fault); !fault {
			return list.Unwrap()[0]
		}
	}
	return err
}
