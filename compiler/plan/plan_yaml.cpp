#include "compiler/plan/plan_yaml.hpp"
