# What is sent: mail and SMS.

mail-subject = Iniciar sesión en { $company }
mail-header = Continúe con su inicio de sesión
mail-body = Usted, o alguien que escribió su dirección, pidió a { $company } un enlace para iniciar sesión. Sirve durante { $minutes ->
    [one] un minuto
   *[other] { $minutes } minutos
  } y una sola vez.
mail-link = Continuar
mail-info-code = O escriba este código en la página que lo pide: { $code }. Nadie le pedirá nunca este código, ni por teléfono ni en un mensaje. No se lo lea a nadie.
mail-info = Nadie le pedirá nunca este enlace. No se lo envíe a nadie.
mail-footer = ¿No lo ha pedido usted? Entonces no haga nada: sin este correo nadie puede entrar.

passkey-mail-subject = Se ha añadido una llave de acceso a su cuenta de { $company }
passkey-mail-header = Se ha añadido una llave de acceso
passkey-mail-body = El { $time } se añadió una llave de acceso a su cuenta de { $company }. Quien tenga el dispositivo en el que se creó puede iniciar sesión en él con el rostro, la huella o el bloqueo de pantalla.
passkey-mail-yours = ¿Ha sido usted? Entonces no tiene que hacer nada.
passkey-mail-not-yours = ¿No ha sido usted? Entonces llame de inmediato y pida que se elimine la llave de acceso: { $number }. Si alguien le dijo por teléfono que la añadiera, cuelgue primero.
passkey-mail-footer = Este correo no contiene ningún enlace a propósito. No inicie sesión con un enlace de un correo que diga lo mismo.

social-mail-subject = Se ha vinculado a su cuenta el inicio de sesión con { $provider }
social-mail-header = Se ha vinculado un inicio de sesión
social-mail-body = El { $time } se vinculó una cuenta de { $provider } a su cuenta de { $company }, porque las dos tienen esta dirección de correo. Quien inicie sesión allí puede iniciar sesión aquí.
social-mail-not-yours = ¿No ha sido usted? Entonces llame de inmediato y pida que se elimine el vínculo: { $number }.

provider-moment-title = Un momento
provider-moment-body = Estamos iniciando su sesión. Si no ocurre nada, pulse el botón.
provider-moment-button = Continuar
provider-failed-title = No ha iniciado sesión
provider-failed-request = La página que le ha traído aquí ha cometido un error, así que no puede iniciar sesión de esta manera.
provider-failed-over = Este inicio de sesión ya ha terminado o no empezó en este navegador. No se ha iniciado ninguna sesión.
provider-failed-ours = Algo ha fallado por nuestra parte. No se ha iniciado ninguna sesión.
provider-failed-next = Vuelva a la página de la que venía e inténtelo de nuevo, o elija allí otra manera.

sms-request = { $company }: abra solo si habla con nosotros:
