#pragma once

namespace CLI {
class App;
}

/// Each adds its subcommand to the program: options, help, and its action.
namespace mirim::cli {

/// One for each verb that makes a model of a model: prune, cluster, quantize, distill, factorize.
void add_verbs(CLI::App& program);
void add_shrink(CLI::App& program);
void add_eval(CLI::App& program);
void add_show(CLI::App& program);
void add_run(CLI::App& program);
void add_diff(CLI::App& program);
void add_cost(CLI::App& program);
void add_compile(CLI::App& program);
void add_report(CLI::App& program);
void add_chart(CLI::App& program);
void add_verify(CLI::App& program);
void add_fold(CLI::App& program);
void add_extract(CLI::App& program);
void add_make(CLI::App& program);
void add_learn(CLI::App& program);

}  // namespace mirim::cli
