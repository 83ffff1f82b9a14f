# R's glm on the rows of risk_benchmark.cpp, made by the same generator.
#
# Usage: Rscript risk.R [ROWS] [ANSWER.csv]
# Prints seconds on the wall and of the processor, the best of three, and writes what `churn-risk-benchmarks --answer=FILE` writes.
arguments <- commandArgs(trailingOnly = TRUE)
rows <- if (length(arguments) >= 1) as.integer(arguments[1]) else 1000000L

# Lehmer's generator in turns of 21: products stay below 2^53, so doubles hold them exactly.
state <- 20240101
u <- numeric(21L * rows)
for (i in seq_along(u)) { state <- (state * 16807) %% 2147483647; u[i] <- state / 2147483647 }
u <- matrix(u, rows, 21, byrow = TRUE)
x <- matrix(0, rows, 20, dimnames = list(NULL, paste0("x", 1:20)))
log_odds <- rep(-3, rows)
for (j in 0:19) {
  x[, j + 1] <- if (j %% 3 == 0) (u[, j + 1] < 0.3) + 0 else if (j %% 3 == 1) 2 * u[, j + 1] - 1 else -log(u[, j + 1])
  if (j %% 4 != 3) log_odds <- log_odds + x[, j + 1] * (if (j %% 2 == 0) 0.02 else -0.02) * (j + 1)
}
left <- as.integer(u[, 21] * (1 + exp(-log_odds)) < 1)
separated <- as.integer(x[, 20] > 0)
rm(u)
cat(rows, "rows,", sum(left), "left\n")

seconds <- function(name, expression) {
  expression <- substitute(expression)
  times <- sapply(1:3, function(i) { t <- system.time(eval(expression, parent.frame(3))); c(t[["elapsed"]], t[["user.self"]] + t[["sys.self"]]) })
  cat(sprintf("%-20s %8.3f s, processor %8.3f s\n", name, min(times[1, ]), min(times[2, ])))
}
design <- cbind(`(intercept)` = 1, x)
seconds("glm.fit", glm.fit(design, left, family = binomial()))
seconds("glm.fit, separated", suppressWarnings(glm.fit(design, separated, family = binomial())))
# Standard errors need the whole of glm.
fit <- glm(left ~ x, family = binomial(), control = glm.control(epsilon = 1e-14))
if (length(arguments) >= 2) {
  table <- coef(summary(fit))
  writeLines(sprintf("%s,%.17g,%.17g", colnames(design), table[, 1], table[, 2]), arguments[2])
}
