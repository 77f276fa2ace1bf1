/* Writes the vectors beside it: bars and what TA-Lib makes of them. PROVENANCE.md has the command.
 *
 *     talib BARS.csv OTHER.csv FIRST ROWS > vectors.csv
 *
 * takes ROWS bars of BARS.csv (open_time_ms,open,high,low,close,volume) from the bar FIRST (ms) on, and the closes of
 * the same hours of OTHER.csv, for what compares two series. A column is empty where TA-Lib has no value. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ta_libc.h"

enum { MAX = 5000, COLUMNS = 64 };

static char text[MAX][256]; /* the bar as its source writes it */
static long long at[MAX];
static double high[MAX], low[MAX], close_[MAX], volume[MAX], other[MAX];
static int rows, columns;
static const char *names[COLUMNS];
static double values[COLUMNS][MAX];
static int begin[COLUMNS];

static void load(const char *name, long long first, int n, int second) {
  char line[256];
  long long t;
  double o, h, l, c, v;
  int i = 0;
  FILE *f = fopen(name, "r");
  if (!f) exit(1);
  while (i < n && fgets(line, sizeof line, f)) {
    if (sscanf(line, "%lld,%lf,%lf,%lf,%lf,%lf", &t, &o, &h, &l, &c, &v) != 6 || t < first) continue;
    line[strcspn(line, "\r\n")] = 0;
    if (second) {
      if (t != at[i]) exit(2); /* the series must have the same hours */
      other[i++] = c;
      continue;
    }
    strcpy(text[i], line);
    at[i] = t, high[i] = h, low[i] = l, close_[i] = c, volume[i++] = v;
  }
  fclose(f);
  if (i != n) exit(3);
  rows = n;
}

static double *column(const char *name) {
  names[columns] = name;
  return values[columns++];
}

/* keep checks a call, and notes where the columns that it filled begin. */
static void keep(TA_RetCode code, int filled, int from, int n) {
  if (code != TA_SUCCESS || from + n != rows) exit(4);
  for (int i = columns - filled; i < columns; i++) begin[i] = from;
}

#define ONE(a, f, ...) do { \
  double *x = column(a); \
  TA_RetCode code = f(0, rows - 1, __VA_ARGS__, &from, &n, x); \
  keep(code, 1, from, n); } while (0)
#define TWO(a, b, f, ...) do { \
  double *x = column(a), *y = column(b); \
  TA_RetCode code = f(0, rows - 1, __VA_ARGS__, &from, &n, x, y); \
  keep(code, 2, from, n); } while (0)
#define THREE(a, b, c, f, ...) do { \
  double *x = column(a), *y = column(b), *z = column(c); \
  TA_RetCode code = f(0, rows - 1, __VA_ARGS__, &from, &n, x, y, z); \
  keep(code, 3, from, n); } while (0)

static void compute(void) {
  int from, n;
  ONE("SMA_10", TA_SMA, close_, 10);
  ONE("SMA_30", TA_SMA, close_, 30);
  ONE("EMA_12", TA_EMA, close_, 12);
  ONE("EMA_26", TA_EMA, close_, 26);
  ONE("WMA_10", TA_WMA, close_, 10);
  ONE("DEMA_20", TA_DEMA, close_, 20);
  ONE("TEMA_20", TA_TEMA, close_, 20);
  ONE("KAMA_10", TA_KAMA, close_, 10);
  ONE("MAX_20", TA_MAX, high, 20);
  ONE("MIN_20", TA_MIN, low, 20);

  ONE("RSI_14", TA_RSI, close_, 14);
  TWO("STOCHF_14_3_K", "STOCHF_14_3_D", TA_STOCHF, high, low, close_, 14, 3, TA_MAType_SMA);
  TWO("STOCH_14_3_3_K", "STOCH_14_3_3_D", TA_STOCH, high, low, close_, 14, 3, TA_MAType_SMA, 3, TA_MAType_SMA);
  TWO("STOCHRSI_14_14_3_K", "STOCHRSI_14_14_3_D", TA_STOCHRSI, close_, 14, 14, 3, TA_MAType_SMA);
  THREE("MACD_12_26_9", "MACD_12_26_9_SIGNAL", "MACD_12_26_9_HIST", TA_MACD, close_, 12, 26, 9);
  ONE("PPO_12_26_EMA", TA_PPO, close_, 12, 26, TA_MAType_EMA);
  ONE("ROC_10", TA_ROC, close_, 10);
  ONE("MOM_10", TA_MOM, close_, 10);
  ONE("CCI_20", TA_CCI, high, low, close_, 20);
  ONE("WILLR_14", TA_WILLR, high, low, close_, 14);

  ONE("MFI_14", TA_MFI, high, low, close_, volume, 14);
  ONE("OBV", TA_OBV, close_, volume);
  ONE("AD", TA_AD, high, low, close_, volume);

  ONE("TRANGE", TA_TRANGE, high, low, close_);
  ONE("ATR_14", TA_ATR, high, low, close_, 14);
  ONE("ADX_14", TA_ADX, high, low, close_, 14);
  ONE("DX_14", TA_DX, high, low, close_, 14);
  ONE("PLUS_DI_14", TA_PLUS_DI, high, low, close_, 14);
  ONE("MINUS_DI_14", TA_MINUS_DI, high, low, close_, 14);
  TWO("AROON_25_DOWN", "AROON_25_UP", TA_AROON, high, low, 25);
  ONE("AROONOSC_25", TA_AROONOSC, high, low, 25);
  ONE("SAR", TA_SAR, high, low, 0.02, 0.2);

  THREE("BBANDS_20_2_UPPER", "BBANDS_20_2_MIDDLE", "BBANDS_20_2_LOWER", TA_BBANDS, close_, 20, 2, 2, TA_MAType_SMA);
  ONE("STDDEV_20", TA_STDDEV, close_, 20, 1);
  ONE("VAR_20", TA_VAR, close_, 20, 1);
  ONE("LINEARREG_20", TA_LINEARREG, close_, 20);
  ONE("LINEARREG_SLOPE_20", TA_LINEARREG_SLOPE, close_, 20);
  ONE("LINEARREG_INTERCEPT_20", TA_LINEARREG_INTERCEPT, close_, 20);
  ONE("CORREL_30", TA_CORREL, other, close_, 30);
  ONE("BETA_20", TA_BETA, other, close_, 20); /* of the closes to the other series */
}

int main(int argc, char **argv) {
  if (argc != 5 || TA_Initialize() != TA_SUCCESS) return 1;
  load(argv[1], atoll(argv[3]), atoi(argv[4]), 0);
  load(argv[2], atoll(argv[3]), atoi(argv[4]), 1);
  compute();
  fputs("open_time_ms,open,high,low,close,volume,other", stdout);
  for (int c = 0; c < columns; c++) printf(",%s", names[c]);
  for (int i = 0; i < rows; i++) {
    printf("\n%s,%.15g", text[i], other[i]);
    for (int c = 0; c < columns; c++)
      if (i < begin[c]) putchar(',');
      else printf(",%.14g", values[c][i - begin[c]]);
  }
  putchar('\n');
  return 0;
}
