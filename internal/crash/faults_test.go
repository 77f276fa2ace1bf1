package crash_test

import (
	"fmt"
	"strings"
	"time"
)

// fault is a way to fail, with the chance that it has each time: of a hundred plays, how
// many have it.
type fault struct {
	text   string
	share  int
	chance float64
}

// faults are those of a venue whose clock is stepped: those that cost no time of the wall.
var stepped = []fault{
	{"reply-lost", 80, 0.06}, {"reply-cut", 60, 0.04}, {"unknown", 80, 0.06}, {"html-503-taken", 40, 0.03},
	{"reset@TRADE", 60, 0.03}, {"error=-1007@TRADE", 40, 0.02}, {"error=-1021@TRADE", 30, 0.02}, {"error=-2010@order.place", 40, 0.03}, {"html-503@TRADE", 30, 0.02},
	{"fill-before-ack=1s*2", 20, 0.1}, {"not-found=2s", 20, 0},
	{"lost@executionReport*", 60, 0.05}, {"lost@ORDER_TRADE_UPDATE*", 60, 0.05}, {"duplicate@executionReport*", 60, 0.1}, {"duplicate@ORDER_TRADE_UPDATE*", 60, 0.1},
	{"reorder@executionReport*", 50, 0.1}, {"reorder@ORDER_TRADE_UPDATE*", 50, 0.1}, {"delay=3s@executionReport*", 50, 0.1}, {"delay=3s@ORDER_TRADE_UPDATE*", 50, 0.1},
	{"cut@executionReport.TRADE", 40, 0.03}, {"cut@ORDER_TRADE_UPDATE.TRADE", 40, 0.03}, {"close-lost", 40, 0.02}, {"duplicate@*@kline_*", 40, 0.05},
	{"cut@btcusdt@kline_1m*1+50m", 15, 0}, {"corrupt@executionReport*", 20, 0.02},
}

// late are faults by which a request reaches the venue after its sender may have died.
var late = []fault{{"slow=2s@TRADE", 100, 0.05}, {"unknown-late=2s", 100, 0.04}}

// faults draws the ways in which the venue of a play fails, up to the quiet end.
func (p *play) faults() (list []string) {
	if *only != "" {
		return strings.Fields(*only)
	}
	if p.kind.calm {
		return nil
	}
	kinds := stepped
	if p.kind.slow {
		kinds = append(kinds, late...)
	}
	for _, f := range kinds {
		if p.r.IntN(100) >= f.share {
			continue
		}
		text := f.text
		if f.chance > 0 {
			text += fmt.Sprintf("%%%g", f.chance)
		}
		list = append(list, text+"~"+time.Duration(p.until-p.start).String())
	}
	return list
}
