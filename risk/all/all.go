// Package all lists the rules and sizers that come with Signalman, each by name.
package all

import (
	"github.com/signalman-trading/signalman/risk"
	"github.com/signalman-trading/signalman/risk/exit"
	"github.com/signalman-trading/signalman/risk/halt"
	"github.com/signalman-trading/signalman/risk/limit"
	"github.com/signalman-trading/signalman/risk/portfolio"
	"github.com/signalman-trading/signalman/risk/size"
)

// Rules returns the rules, sorted by name. The slice is the caller's.
func Rules() []risk.Plugin {
	return []risk.Plugin{
		exit.BreakEvenPlugin(),
		exit.ChandelierPlugin(),
		halt.CooldownPlugin(),
		halt.DailyLossPlugin(),
		limit.DuplicateOrderPlugin(),
		limit.ExprPlugin(),
		limit.InstrumentsPlugin(),
		halt.LosingStreakPlugin(),
		halt.LossSpeedPlugin(),
		halt.LowProfitPlugin(),
		limit.MaxAssetPlugin(),
		portfolio.MaxBetaPlugin(),
		portfolio.MaxContributionPlugin(),
		portfolio.MaxCorrelationPlugin(),
		halt.MaxDrawdownPlugin(),
		limit.MaxExposurePlugin(),
		limit.MaxGroupPlugin(),
		limit.MaxLeveragePlugin(),
		limit.MaxNetExposurePlugin(),
		limit.MaxOpenPlugin(),
		limit.MaxOrderPlugin(),
		limit.MaxPositionPlugin(),
		portfolio.MaxVarPlugin(),
		limit.MinLiquidityPlugin(),
		limit.OrderRatePlugin(),
		limit.PriceCollarPlugin(),
		halt.ReconcileHaltPlugin(),
		limit.RegimePlugin(),
		exit.ROIPlugin(),
		exit.SignalDecayPlugin(),
		limit.StaleBarPlugin(),
		limit.StaleSignalPlugin(),
		halt.StopGuardPlugin(),
		exit.StopLossPlugin(),
		exit.TakeProfitPlugin(),
		exit.TimeStopPlugin(),
		halt.TradeDrawdownPlugin(),
		limit.TradingHoursPlugin(),
		exit.TrailingStopPlugin(),
		halt.VenueErrorsPlugin(),
		halt.VolatilityHaltPlugin(),
	}
}

// Sizers returns the sizers, sorted by name. The slice is the caller's.
func Sizers() []risk.SizerPlugin {
	return []risk.SizerPlugin{
		size.EqualWeightPlugin(),
		size.FixedAmountPlugin(),
		size.InverseVolatilityPlugin(),
		size.KellyPlugin(),
		size.PercentEquityPlugin(),
		size.RiskPerTradePlugin(),
		size.VolatilityTargetPlugin(),
	}
}
