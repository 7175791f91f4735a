#include "compiler/plan/verify.hpp"
