package app

import (
	"fmt"

	"github.com/robfig/cron/v3"
)

// ladder is schedules that rise in length.
var ladder = [...]struct{ expr, words string }{
	{"*/5 * * * *", "every 5 minutes"}, {"*/10 * * * *", "every 10 minutes"}, {"*/15 * * * *", "every 15 minutes"}, {"*/30 * * * *", "every 30 minutes"},
	{"5 * * * *", "every hour"}, {"5 */2 * * *", "every 2 hours"}, {"5 */3 * * *", "every 3 hours"}, {"5 */4 * * *", "every 4 hours"},
	{"5 */6 * * *", "every 6 hours"}, {"5 */8 * * *", "every 8 hours"}, {"5 */12 * * *", "every 12 hours"}, {"5 0 * * *", "every day"},
	{"5 0 */2 * *", "every other day"}, {"5 0 * * 1", "every week"},
}

// advice says what would fit a quota.
func (p *plan) advice(q *plannedQuota, times *timetable) (list []string) {
	all, lean := p.loads(q.Quota, func(s *plannedSource) load { return s.load }), p.loads(q.Quota, func(s *plannedSource) load { return s.lean })
	slower, n, slowerFits := q.slowed(all, times)
	if fewer := busiest(lean, times); fewer < busiest(all, times) {
		switch step, n, leanFits := q.slowed(lean, times); {
		case q.holds(lean, times):
			list = append(list, fmt.Sprintf("it fits without the kinds that no strategy reads: %d calls in the busiest month", fewer))
		case leanFits && step.expr != slower.expr:
			list = append(list, fmt.Sprintf("without the kinds that no strategy reads it fits %s (schedule = %q): %d calls in the busiest month", step.words, step.expr, n))
		}
	}
	if slowerFits {
		list = append(list, fmt.Sprintf("it fits where no source is asked more often than %s (schedule = %q): %d calls in the busiest month", slower.words, slower.expr, n))
	}
	if len(list) == 0 {
		list = append(list, "it does not fit even once a week: pull fewer kinds, or raise the plan")
	}
	return list
}

// slowed returns the most frequent step of the ladder that fits, where no source is asked
// more often than it, and the calls in the busiest month.
func (q *plannedQuota) slowed(loads []load, times *timetable) (step struct{ expr, words string }, calls int, ok bool) {
	for _, step := range ladder {
		schedule, err := cron.ParseStandard(step.expr)
		if err != nil {
			panic(err) // of the table above
		}
		slower := make([]load, len(loads))
		for i, l := range loads {
			if slower[i] = l; len(times.minutes(schedule)) < len(times.minutes(l.schedule)) {
				slower[i].schedule = schedule
			}
		}
		if q.holds(slower, times) {
			return step, busiest(slower, times), true
		}
	}
	return step, 0, false
}

// busiest returns the calls in the busiest month.
func busiest(loads []load, times *timetable) int { return times.calendar(loads...).busiest("month") }

// holds reports whether loads fit every limit.
func (q *plannedQuota) holds(loads []load, times *timetable) bool {
	days := times.calendar(loads...)
	for _, w := range q.Windows {
		if !fits(days, w.Window, w.Limit) {
			return false
		}
	}
	return true
}
