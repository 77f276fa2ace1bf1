package barfile

import (
	"testing"

	"github.com/signalman-trading/signalman/internal/frame"
	"github.com/signalman-trading/signalman/market"
)

// TestHeadingsOfFrames: a data frame may have all headings that a table may.
func TestHeadingsOfFrames(t *testing.T) {
	for k, c := range barTable.columns {
		for _, heading := range c.headings {
			names := frame.Names
			names[k] = heading
			if _, err := frame.Find(names[:]); err != nil {
				t.Error(err)
			}
		}
	}
}

// TestRowWithoutTime: a data frame may have rows without a time, which are bad ones.
func TestRowWithoutTime(t *testing.T) {
	bar := market.Bar{OpenTime: frame.NoTime, Open: 1, High: 1, Low: 1, Close: 1}
	b := NewBuilder(Options{Name: "f", Interval: market.Minute, SkipBad: true}, func(*market.Columns) error { return nil })
	if err := b.Add(7, bar); err != nil {
		t.Fatal(err)
	}
	s, err := b.Finish()
	if err != nil || len(s.Bad) != 1 || s.Bad[0].Error() != "f: row 7: open_time is null; leave the row out, or give it a time" {
		t.Error(err, s.Bad)
	}
}
