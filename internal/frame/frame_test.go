package frame_test

import (
	"testing"

	"github.com/signalman-trading/signalman/internal/frame"
	"github.com/signalman-trading/signalman/market"
)

// ones is a column of counts of 1, of which the second is missing.
type ones struct{}

func (ones) Next(values []byte, nulls []bool) error {
	for i := range nulls {
		values[i*8], nulls[i] = 1, i == 1
	}
	return nil
}

// TestMissingTimes: a row without a time is one row, for its reader to judge.
func TestMissingTimes(t *testing.T) {
	var columns [frame.Fields]frame.Column
	for f := range columns {
		columns[f] = frame.Column{Type: &frame.Type{Kind: frame.Signed, Width: 8}, Source: ones{}}
	}
	err := frame.Scan(&columns, 3, 1, func(_ int, c *market.Columns) error {
		if c.OpenTime[0] != 1e9 || c.OpenTime[1] != frame.NoTime || c.OpenTime[2] != 1e9 {
			t.Error(c.OpenTime)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// TestHeadings: names of columns are found whatever their case, as in tables of text.
func TestHeadings(t *testing.T) {
	for _, names := range [][]string{
		{"date", "open", "high", "low", "close", "volume"}, {"Open Time", "O", "H", "L", "C", "Vol"},
		{"Unix", "Open-Price", "High Price", "low_price", "CLOSE_PRICE", "Base Volume"},
	} {
		if places, err := frame.Find(names); err != nil || places != [frame.Fields]int{0, 1, 2, 3, 4, 5} {
			t.Error(names, places, err)
		}
	}
}
