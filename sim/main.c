/* The program: everything else is a library. */
#include "sim/cli.h"

int main(int argc, char **argv)
{
    return iso_cli_main(argc, argv);
}
