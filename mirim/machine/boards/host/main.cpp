// The host's version of the emulated board's main: samples.bin to answers.bin in the working directory, one inference
// per sample. The runner makes "model_under_test.hpp" for each model.

#include <cstdio>

#include "model_under_test.hpp"

namespace {

int fail(const char* text) {
  fputs(text, stderr);
  return 1;
}

}  // namespace

int main() {
  FILE* samples = fopen("samples.bin", "rb");
  FILE* answers = fopen("answers.bin", "wb");
  if (!samples || !answers) return fail("cannot open samples.bin or answers.bin\n");
  Model::reset();
  for (int c; (c = fgetc(samples)) != EOF;) {
    ungetc(c, samples);
    for (int i = 0; i < Model::inputs; ++i) {
      if (fread(Model::input(i), 1, Model::input_bytes[i], samples) != Model::input_bytes[i])
        return fail("samples.bin ended within a sample\n");
    }
    Model::run();
    for (int i = 0; i < Model::outputs; ++i) {
      if (fwrite(Model::output(i), 1, Model::output_bytes[i], answers) != Model::output_bytes[i])
        return fail("answers.bin cannot be written\n");
    }
  }
  fclose(samples);
  return fclose(answers) == 0 ? 0 : fail("answers.bin cannot be written\n");
}
