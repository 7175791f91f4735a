#include "compiler/plan/plan.hpp"
