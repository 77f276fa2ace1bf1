package app

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

func (c *command) signalsRawCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "raw HASH",
		Short: "print the answer that a signal stood in, as it came",
		Long: `Prints an answer of a provider as it came. 'signalman signals list --rows --raw' names the
answer that each row stood in by its SHA-256, of which the first eight characters are enough
where no other begins so. An answer with rows is kept, also where they brought nothing new;
what is no answer, such as an error or a page of HTML, is not: its error quotes it. On a
terminal, what would control it is left out.`,
		Example: `  signalman signals list --rows --raw --kind trader_grade --from 2024-06-01
  signalman signals raw 7692c3ad`,
		Args: exact(1, "the SHA-256 of an answer, or its beginning"),
		RunE: func(_ *cobra.Command, args []string) error { return c.printRaw(strings.ToLower(args[0])) },
	}
}

var hashText = regexp.MustCompile(`^[0-9a-f]{8,64}$`)

// rawAnswer is an answer as JSON.
type rawAnswer struct {
	Hash  string `json:"sha256"`
	Bytes int    `json:"bytes"`
	Text  string `json:"text"`
}

func (c *command) printRaw(begin string) error {
	if !hashText.MatchString(begin) {
		return usageError("'signalman signals list --rows --raw' shows them", "%q is not a SHA-256, nor 8 characters or more of its beginning", begin)
	}
	h, answer, err := c.findRaw(begin)
	switch {
	case err != nil:
		return err
	case c.format == "json":
		return c.json(rawAnswer{h.String(), len(answer), string(answer)})
	case onTerminal(c.out):
		_, err := fmt.Fprintln(c.out, strings.Map(harmless, string(answer)))
		return err
	}
	_, err = c.out.Write(answer)
	return err
}

// harmless leaves out what would control a terminal.
func harmless(r rune) rune {
	if unicode.IsControl(r) && r != '\n' && r != '\t' {
		return -1
	}
	return r
}

// findRaw returns the one answer whose hash begins with a text.
func (c *command) findRaw(begin string) (found market.Hash, answer []byte, err error) {
	missing := &market.Error{Class: market.Data, Err: errors.New("no such answer is stored"), Hint: "'signalman signals list --rows --raw' shows those that are, and 'signalman signals fetch' brings some"}
	history, live, err := c.openBoth()
	if errors.Is(err, store.ErrMissing) {
		return found, nil, missing
	}
	if err != nil {
		return found, nil, err
	}
	for _, db := range []*store.DB{live, history} {
		if db == nil {
			continue
		}
		defer db.Close()
		list, err := db.RawLike(begin, 2)
		if err != nil {
			return found, nil, err
		}
		for _, h := range list {
			if answer != nil && h != found {
				return found, nil, usageError("write more of it", "several answers begin with %s: %s and %s", begin, found, h)
			}
			if found = h; answer == nil {
				if answer, err = db.Raw(h); err != nil {
					return found, nil, err
				}
			}
		}
	}
	if answer == nil {
		return found, nil, missing
	}
	return found, answer, nil
}
