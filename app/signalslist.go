package app

import (
	"cmp"
	"fmt"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/signalman-trading/signalman/internal/desk"
	"github.com/signalman-trading/signalman/market"
)

// feed is one source, kind and subject of stored signals.
type feed struct {
	Source     string            `json:"source"`
	Kind       market.SignalKind `json:"kind"`
	Subject    market.Subject    `json:"subject"`
	Rows       int               `json:"rows"`
	Null       int               `json:"null"`
	Observed   int               `json:"observed"`
	Assumed    int               `json:"assumed"`
	From       market.Time       `json:"from"` // of what the rows are about
	To         market.Time       `json:"to"`
	FirstKnown market.Time       `json:"first_known"`
	LastKnown  market.Time       `json:"last_known"`
	Age        market.Duration   `json:"age"` // of the last row, now
}

// inForce is the row of a feed in force at a time.
type inForce struct {
	Source    string            `json:"source"`
	Kind      market.SignalKind `json:"kind"`
	Subject   market.Subject    `json:"subject"`
	Value     *float64          `json:"value"`  // null where it is absent
	Absent    string            `json:"absent"` // why: none yet, null, too old; or empty
	Effective market.Time       `json:"effective,omitzero"`
	Known     market.Time       `json:"known,omitzero"`
	Revision  int               `json:"revision"`
	Assumed   bool              `json:"assumed"`
	Age       *market.Duration  `json:"age,omitempty"` // at that time
	Raw       string            `json:"raw,omitempty"` // SHA-256 of the answer that it stood in
}

func (c *command) signalsListCommand() *cobra.Command {
	var choice signalChoice
	var rows, raw bool
	var at, maxAge string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "list the stored signals, a line for each source, kind and subject",
		Long: `Lists the stored signals, a line for each source, kind and subject: how many rows, what
times they are about, and when they were known. --rows lists the rows themselves. --at
shows what a strategy would have read at a time: the row in force then, with its age. A
row that only says again what is in force changes nothing: the first to say it stays,
with its known time and revision.`,
		Example: `  signalman signals list
  signalman signals list --rows --kind trader_grade --from 2022-06-01 --to 2022-07-01
  signalman signals list --at 2022-06-17 --max-age 48h
  signalman signals list --history sample`,
		Args: exact(0, "no arguments"),
		RunE: func(*cobra.Command, []string) error {
			switch {
			case raw && !rows:
				return usageError("add --rows", "--raw is a column of --rows")
			case rows && at != "":
				return usageError("", "--rows and --at are two questions: ask one")
			case at != "":
				return c.listInForce(&choice, at, maxAge)
			}
			list, err := choice.read(c, 0)
			if err != nil {
				return err
			}
			c.tellSynthetic(list)
			if len(list) == 0 && choice != (signalChoice{history: choice.history}) {
				c.note("note: %s; %s", noneFits, notBlends)
			}
			if rows {
				return c.printSignals(list, raw)
			}
			return c.printFeeds(feeds(list), time.Now())
		},
	}
	cmd.Flags().BoolVar(&rows, "rows", false, "list the rows")
	cmd.Flags().BoolVar(&raw, "raw", false, "with --rows: name the answer that each row stood in, for 'signalman signals raw'")
	cmd.Flags().StringVar(&at, "at", "", "show the rows in force at a time (RFC 3339 or a date)")
	cmd.Flags().StringVar(&maxAge, "max-age", "", "with --at: an older row is absent (default the age of its kind)")
	choice.flags(cmd)
	return cmd
}

type feedKey struct {
	source  string
	kind    market.SignalKind
	subject market.Subject
}

// feeds counts rows by source, kind and subject, in the order in which they appear.
func feeds(rows []market.Signal) []feed {
	list, at := []feed{}, map[feedKey]int{}
	for i := range rows {
		s := &rows[i]
		k := feedKey{s.Source, s.Kind, s.Subject}
		n, seen := at[k]
		if !seen {
			n = len(list)
			at[k] = n
			list = append(list, feed{Source: s.Source, Kind: s.Kind, Subject: s.Subject, From: s.Effective, FirstKnown: s.Known})
		}
		list[n].add(s)
	}
	return list
}

func (f *feed) add(s *market.Signal) {
	f.Rows++
	f.From, f.To = min(f.From, s.Effective), max(f.To, s.Effective)
	f.FirstKnown, f.LastKnown = min(f.FirstKnown, s.Known), max(f.LastKnown, s.Known)
	if s.Null {
		f.Null++
	}
	if s.Assumed {
		f.Assumed++
	} else {
		f.Observed++
	}
}

func (c *command) printFeeds(list []feed, now time.Time) error {
	for i := range list {
		list[i].Age = market.Duration(now.Sub(list[i].To.UTC()).Truncate(time.Minute))
	}
	if c.format == "json" {
		return c.json(list)
	}
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SOURCE\tKIND\tSUBJECT\tROWS\tNULL\tOBSERVED\tASSUMED\tFIRST\tLAST\tFIRST KNOWN\tLAST KNOWN\tAGE")
	for _, f := range list {
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%d\t%d\t%d\t%s\t%s\t%s\t%s\t%s\n",
			f.Source, f.Kind, f.Subject, f.Rows, f.Null, f.Observed, f.Assumed, f.From, f.To, f.FirstKnown, f.LastKnown, ageText(f.Age))
	}
	return w.Flush()
}

// ageText writes a long age in days.
func ageText(d market.Duration) string {
	if days := d / market.Duration(market.Day); days >= 7 {
		return strconv.Itoa(int(days)) + "d"
	}
	return d.String()
}

func (c *command) printSignals(list []market.Signal, raw bool) error {
	if len(list) == 0 {
		return noSignals()
	}
	if c.format == "json" {
		rows := make([]inForce, len(list))
		for i := range list {
			rows[i] = tellRow(&list[i])
		}
		return c.json(rows)
	}
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	heading := "SOURCE\tKIND\tSUBJECT\tVALUE\tABOUT\tKNOWN"
	if raw {
		heading += "\tANSWER"
	}
	fmt.Fprintln(w, heading)
	for i := range list {
		s := &list[i]
		line := fmt.Sprintf("%s\t%s\t%s\t%s\t%s\t%s", s.Source, s.Kind, s.Subject, s.ValueText(), s.Effective, knownOf(s.Known, s.Assumed, s.Revision))
		if raw {
			line += "\t" + cmp.Or(rawText(s), "-")
		}
		fmt.Fprintln(w, line)
	}
	return w.Flush()
}

// knownOf says when a row was known, and how that is known.
func knownOf(known market.Time, assumed bool, revision int) string {
	text := known.String() + ", observed"
	if assumed {
		text = known.String() + ", assumed"
	}
	if revision > 0 {
		text += ", revision " + strconv.Itoa(revision)
	}
	return text
}

// rawText names the answer that a row stood in, if it did.
func rawText(s *market.Signal) string {
	if s.Raw == (market.Hash{}) {
		return ""
	}
	return s.Raw.String()
}

func tellRow(s *market.Signal) inForce {
	row := inForce{Source: s.Source, Kind: s.Kind, Subject: s.Subject, Effective: s.Effective, Known: s.Known, Revision: s.Revision, Assumed: s.Assumed, Raw: rawText(s)}
	if row.Value = &s.Value; s.Null {
		row.Value, row.Absent = nil, "null"
	}
	return row
}

// listInForce answers as the engine does, with its own table.
func (c *command) listInForce(choice *signalChoice, at, maxAge string) error {
	now, err := market.ParseTime(at)
	if err != nil {
		return usageError("", "--at: %w", err)
	}
	var oldest market.Duration
	if err := oldest.UnmarshalText([]byte(maxAge)); maxAge != "" && (err != nil || oldest <= 0) {
		return usageError("write a duration such as 48h", "--max-age %q is not a duration above 0", maxAge)
	}
	rows, err := choice.read(c, 0)
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		return noSignals()
	}
	c.tellSynthetic(rows)
	return c.printInForce(rowsInForce(rows, now, oldest))
}

// rowsInForce takes the maximum age of each kind where oldest is 0.
func rowsInForce(rows []market.Signal, now market.Time, oldest market.Duration) []inForce {
	table := desk.NewMarket(nil).Signals
	var list []inForce
	var watched []*desk.Feed
	for _, f := range feeds(rows) {
		list = append(list, inForce{Source: f.Source, Kind: f.Kind, Subject: f.Subject, Absent: "none yet"})
		watched = append(watched, table.Feed(f.Source, f.Kind, f.Subject))
	}
	for i := range rows {
		if rows[i].Known <= now {
			table.Apply(&rows[i], 1)
		}
	}
	for i, f := range watched {
		if f.Row == nil {
			continue
		}
		list[i] = tellRow(f.Row)
		age := market.Duration(now - f.Row.Effective)
		list[i].Age = &age
		limit := oldest
		if limit == 0 {
			kind, _ := market.KindOf(f.Row.Kind)
			limit = kind.MaxAge
		}
		if _, ok := f.At(now, market.Time(limit)); !ok && !f.Row.Null {
			list[i].Value, list[i].Absent = nil, "older than "+limit.String()
		}
	}
	return list
}

func (c *command) printInForce(list []inForce) error {
	if c.format == "json" {
		return c.json(list)
	}
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SOURCE\tKIND\tSUBJECT\tVALUE\tABOUT\tKNOWN\tAGE")
	for _, r := range list {
		value := "absent: " + r.Absent
		if r.Value != nil {
			value = strconv.FormatFloat(*r.Value, 'g', -1, 64)
		}
		about, known, age := "-", "-", "-"
		if r.Known != 0 {
			about, known, age = r.Effective.String(), knownOf(r.Known, r.Assumed, r.Revision), r.Age.String()
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.Source, r.Kind, r.Subject, value, about, known, age)
	}
	return w.Flush()
}
