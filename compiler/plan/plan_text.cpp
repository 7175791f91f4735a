#include "compiler/plan/plan_text.hpp"
